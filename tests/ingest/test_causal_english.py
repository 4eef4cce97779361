"""English: what is found with its direction, and what must not be."""

from __future__ import annotations

import pytest

from memos_ingest.causal import Causal, Relation, causes
from memos_ingest.causal.english import ENGLISH

# (sentence, words of the cause, words of the effect)
CAUSES = [
    ("The pump failed because the bearing had seized.", "the bearing had seized", "The pump failed"),
    ("Because the bearing had seized, the pump failed.", "the bearing had seized", "the pump failed"),
    ("Because of the heavy rain, the match was cancelled.", "the heavy rain", "the match was cancelled"),
    ("The bearing seized due to a lack of oil.", "a lack of oil", "The bearing seized"),
    ("Owing to fog, flights were delayed.", "fog", "flights were delayed"),
    ("Thanks to the new dam, the village was not flooded.", "the new dam", "the village was not flooded"),
    ("Smoking causes lung cancer.", "Smoking", "lung cancer"),
    ("Lung cancer is often caused by smoking.", "smoking", "Lung cancer"),
    ("A lack of vitamin C leads to scurvy.", "A lack of vitamin C", "scurvy"),
    ("The earthquake triggered a tsunami.", "The earthquake", "a tsunami"),
    ("The flood resulted in the loss of 300 homes.", "The flood", "the loss of 300 homes"),
    ("The outage resulted from a faulty switch.", "a faulty switch", "The outage"),
    ("The decline stems from overfishing.", "overfishing", "The decline"),
    ("The explosion killed 12 people.", "The explosion", "killed 12 people"),
    ("Deforestation is the main cause of soil erosion.", "Deforestation", "soil erosion"),
    ("High inflation forced the central bank to raise rates.", "High inflation", "the central bank to raise rates"),
    ("Heavy snow prevented the team from landing.", "Heavy snow", "prevented the team from landing"),
    ("Since the valve is rusted, it cannot be opened by hand.", "the valve is rusted", "it cannot be opened by hand"),
    ("The road was icy, so the bus arrived late.", "The road was icy", "the bus arrived late"),
    ("It was so cold that the pipes burst.", "It was so cold", "the pipes burst"),
    ("The tests were skipped; as a result, the bug stayed.", "The tests were skipped", "the bug stayed"),
    ("Hunger drove them to steal.", "Hunger", "them to steal"),
    ("Because he was hungry, he sat down, and the others went on.", "he was hungry", "he sat down"),
    ("It doesn't fail because it is old; it fails because it is dirty.", "it is dirty", "it fails"),
    ("The bridge was closed after a truck hit a pillar.", "a truck hit a pillar", "The bridge was closed"),
    ("The law was changed in response to public pressure.", "public pressure", "The law was changed"),
    ("A short circuit set off the alarm.", "A short circuit", "the alarm"),
    ("He was fired for stealing.", "stealing", "He was fired"),
]  # fmt: skip

CONDITIONS = [
    ("If the pressure exceeds 5 bar, the relief valve opens.", "the pressure exceeds 5 bar", "the relief valve opens"),
    ("The relief valve opens if the pressure exceeds 5 bar.", "the pressure exceeds 5 bar", "The relief valve opens"),
    ("Unless the filter is changed, the motor will overheat.", "the filter is changed", "the motor will overheat"),
    ("The server restarts whenever the memory runs out.", "the memory runs out", "The server restarts"),
    ("In case of fire, use the stairs.", "fire", "use the stairs"),
    ("Should the alarm sound, leave the building.", "the alarm sound", "leave the building"),
]  # fmt: skip

NOTHING = [
    # time, place and manner
    "She has lived here since 2010.", "Since then, nothing has changed.", "He has worked as a nurse for ten years.",
    "As he left, he waved.", "After lunch we went home.", "The following day we left.",
    "The bridge over the river is old.", "He has been ill for as long as I remember.",
    "The train is due to arrive at noon.", "The road leads to the castle.", "Thus far no one has complained.",
    "I was so happy that day.", "He looked after the children.", "The prize was awarded for best film.",
    # other words that look alike
    "They fought for the cause of freedom.", "The police force is large.", "Press the trigger to fire.",
    "The results in Table 3 were obtained in May.", "The air force flew to Malta.", "The room was left empty.",
    "Thanks to everyone who came.", "I think so.", "Type the command at the prompt and press Enter.",
    # denied
    "The drug did not cause any side effects.", "The fire was not caused by lightning.",
    "He did not leave because of the noise but to meet a friend.", "No damage was caused by the storm.",
    "The company denied that its product caused the illness.", "There is no evidence that vaccines cause autism.",
    "The theory that comets caused the extinction is a myth.", "The experts ruled out that a leak caused the blast.",
    # asked, or left open
    "What caused the outage?", "Does stress cause ulcers?", "It is unclear whether the leak led to the fire.",
    "Investigators are trying to find out what caused the crash.", "She asked if the shop was open.",
    # unreal
    "This would have led to a disaster.", "If I had known, I would have called.",
    "He acted as if nothing had happened.", "He doubts that stress causes ulcers.",
    "Had the guard been there, it would have prevented the theft.", "Even if it rains, we will go.",
    # no prose
    "if (pressure > limit) { open(valve); }", "| because | of | a table |", "If you need help, let me know.",
]  # fmt: skip


def quoted(text: str, found: Causal) -> tuple[str, str]:
    return found.cause.of(text), found.effect.of(text)


@pytest.mark.parametrize(("text", "cause", "effect"), CAUSES)
def test_a_cause_is_found_with_its_effect_and_never_turned_round(text: str, cause: str, effect: str) -> None:
    found = [one for one in causes(text) if one.relation is Relation.CAUSES]
    assert (cause, effect) in [quoted(text, one) for one in found]
    assert (effect, cause) not in [quoted(text, one) for one in found]


@pytest.mark.parametrize(("text", "condition", "outcome"), CONDITIONS)
def test_a_condition_is_found_and_is_no_cause(text: str, condition: str, outcome: str) -> None:
    (found,) = causes(text)
    assert found.relation is Relation.CONDITION_OF
    assert quoted(text, found) == (condition, outcome)


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_a_cause_is_left_alone(text: str) -> None:
    assert [(one.rule, *quoted(text, one)) for one in causes(text)] == []


@pytest.mark.parametrize("text", [text for text, _, _ in (*CAUSES, *CONDITIONS)])
def test_nothing_is_found_in_the_same_words_when_they_ask(text: str) -> None:
    assert causes(f"Is it true that {text[:-1]}?") == ()


def test_what_may_be_so_is_less_sure_than_what_is() -> None:
    (sure,), (maybe,) = causes("The leak caused the fire."), causes("The leak may have been the cause of the fire.")
    (could,) = causes("The leak could cause a fire.")
    assert sure.confidence > could.confidence
    assert maybe.confidence < 0.9


def test_one_statement_with_two_markers_is_found_once() -> None:
    assert len(causes("The dam broke and therefore, as a result, the valley was flooded.")) == 1


def test_every_rule_finds_its_words_where_the_short_look_lets_it() -> None:
    words = " ".join(text for text, _, _ in (*CAUSES, *CONDITIONS))
    for rule in ENGLISH:
        for match in rule.pattern.finditer(words):
            held = not rule.needs or any(letters in match.group().lower() for letters in rule.needs)
            assert held or any(letters in words.lower() for letters in rule.needs), rule.name


def test_rules_have_names_of_their_own_and_confidences_below_one() -> None:
    assert len({rule.name for rule in ENGLISH}) == len(ENGLISH)
    assert all(0.5 < rule.confidence < 1 for rule in ENGLISH)
