"""A question that names somebody who speaks in a chat finds what facts say of them by that name, not others' facts."""

from __future__ import annotations

from datetime import UTC, datetime

from memos_graph.app import Graph
from memos_graph.services.remember.taking import FeedOptions

_FACTS = ("LongTermMemory", "UserMemory")


def test_facts_about_a_speaker_come_before_what_others_say_of_themselves(graph: Graph) -> None:
    kb = graph.cube("chat")
    at = datetime(2024, 3, 1, tzinfo=UTC).isoformat()
    for speaker, town in (("Ann Meyer", "Oslo"), ("Bob Stone", "Rome"), ("Eva Lang", "Lisbon")):
        message = {"role": "user", "name": speaker, "content": f"I live in {town}.", "chat_time": at}
        kb.add([message], conversation=speaker, options=FeedOptions(facts="rules"))
    for speaker, town in (("Ann Meyer", "Oslo"), ("Bob Stone", "Rome"), ("Eva Lang", "Lisbon")):
        hits = kb.search(f"Where does {speaker} live?", kinds=_FACTS)
        assert speaker in hits[0].text
        assert town in hits[0].text
        assert hits[0].arms["MENTIONS"] > 0
        assert "MENTIONS" not in hits[1].arms


def test_a_message_that_names_another_speaker_gains_nothing_by_it(graph: Graph) -> None:
    kb = graph.cube("chat")
    for speaker, text in (("Ann Meyer", "I met Bob Stone at the harbour."), ("Bob Stone", "The harbour was cold.")):
        kb.add([{"role": "user", "name": speaker, "content": text}], conversation="one")
    kb.add_text("Bob Stone keeps a boat in the harbour.")
    hits = kb.search("What did Bob Stone say of the harbour?")
    assert {hit.kind: "MENTIONS" in hit.arms for hit in hits} == {"Message": False, "LongTermMemory": True}
