"""The English markers of cause and condition in the order in which they claim their words.

Confidences were measured on half of the training split of Causal News Corpus V2 (`python -m benchmarks causal`), drawn
towards .85 where a marker is rare there. Several senses of a word are told apart by the words around it; a marker that
can't be told ("since 2010", "as he left") is left out: a wrong edge costs more than a missing one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from memos_ingest.causal.english_because import BECAUSE, SO
from memos_ingest.causal.english_conditions import CONDITIONS
from memos_ingest.causal.english_reasons import MOTIVES, REASONS
from memos_ingest.causal.english_verbs import PARTICIPLES, VERBS
from memos_ingest.causal.rules import Rule

#: words of which a sentence holds one if the marker is in it: to look for them first makes reading twice as fast
_NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "as a result of": "result consequen outcome effect product fallout upshot",
        "because of": "because account reason virtue",
        "because": "caus inasmuch seeing given that",
        "due to": "due",
        "owing to": "owing",
        "thanks to": "thanks",
        "in response to": "respon reaction retaliation reply",
        "in the wake of": "wake aftermath view light consequence",
        "following": "following",
        "caused by": "by",
        "result from": "from attribut blamed down out",
        "result of": "result consequen outcome effect product fallout upshot",
        "irked by": "irked anger enrage infuriate upset alarm shock outrage dismay",
        "as a result": "result consequen outcome effect product fallout upshot reason such",
        "therefore": "there hence thus accordingly",
        "so that (aim)": "so",
        "so that": "so",
        "so": "so",
        "so ... that": "so such",
        "unless": "unless",
        "provided that": "provi assuming supposing condition event case long only contingent",
        "as long as": "long",
        "if": "if",
        "whenever": "whenever",
        "should (inverted)": "should",
        "since": "since",
        "over": "over",
        "after": "after",
        "led to": "lead led",
        "result in": "result culminat end",
        "cause": "caus",
        "trigger": "trigger spark off",
        "prompt": "prompt provok evok incit spur",
        "fuel": "fuel stok ignit aggravat exacerbat heighten precipitat induc worsen stirr erod",
        "bring about": "about rise credence way contribut possible why reason up",
        "cause of": "cause reason trigger catalyst",
        "raise the risk": "risk likelihood chance odds probability rate incidence",
        "prevent": "from",
        "force": "forc compel",
        "leaving": "leaving left",
        "killing": "ing",
        "in order to": "order so bid attempt effort endeavo aim inten view objective goal purpose sake fear lest",
        "demanding": "ing",
        "demanding, (front)": "ing",
    }
)

#: first come, first served: a longer marker stands before the shorter one in it
ENGLISH: tuple[Rule, ...] = tuple(
    replace(rule, needs=tuple(_NEEDS.get(rule.name, "").split()))
    for rule in (*BECAUSE, *SO, *CONDITIONS, *REASONS, *VERBS, *PARTICIPLES, *MOTIVES)
)
