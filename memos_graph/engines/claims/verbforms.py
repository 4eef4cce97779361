"""Forms of verbs: the irregular pasts that people use, and which verbs are no doings.

Data, English; the regular ones end in -ed.
"""

from __future__ import annotations

from memos_graph.engines.claims.listed import words

#: what somebody did, one time; no form that is also the present ("put", "read" is: it needs its time)
_IRREGULAR = words(
    """
    ate beat became began bent bit blew bought broke brought built burnt came caught chose climbed crept cut did dove
    drank drew drove dug fed fell fled flew forgot fought found froze gave got grew had heard held hid hit hung hurt
    knit laid lay led left lent lit lost made met paid quit ran rang read rode rose sang sat saw sent set shook shot
    shut slept sold spent split spun stole struck stuck stood swam swept swung taught threw told took tore took
    travelled went woke won wore wrote
    """
)
#: of them those that begin a message without an "I" ("Sold my car"); an "I" before the others could be wrong
PAST = (
    "moved|went|visited|saw|met|bought|sold|left|quit|got|started|joined|switched|changed|became|took|spent|had|made"
    "|stopped|dropped|popped|ran|drove|flew|rode|swam|ate|gave|lost|won|broke|found|wrote|taught|built|signed|swapped"
    "|traded|replaced|relocated|settled|resigned|retired|gone"
)
#: pasts of what is no event: states, thoughts, feelings, ways of speaking
NO_EVENTS = words(
    """
    was were had used lived worked loved liked hated enjoyed wanted needed felt thought believed knew meant seemed
    looked sounded hoped wished planned decided tried wondered guessed assumed expected realised realized remembered
    forgot heard told said asked talked mentioned noticed preferred owned belonged cost appeared became remained stayed
    kept missed supposed agreed promised refused considered dreamed dreamt feared cared mattered depended happened
    understood doubted pretended imagined turned moved relocated based married named called studied
    """
)
IRREGULAR = _IRREGULAR - NO_EVENTS
