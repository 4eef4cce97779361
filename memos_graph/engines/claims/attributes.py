"""The attributes that claims are read for: how each is said, and whether a subject has one of it at a time.

Data and look-ups. A name that is not here is an attribute all the same: one at a time, said as "Ann's NAME is VALUE".
"""

from __future__ import annotations

import re

from memos_graph.engines.claims.listed import phrases

#: verbs with their preposition, as "Ann lives in Berlin": the name, and the base form that a denial takes
VERBS: dict[str, str] = {
    "lives in": "live in", "works at": "work at", "works as": "work as", "comes from": "come from",
    "studies at": "study at", "studies": "study", "speaks": "speak", "plays": "play", "uses": "use", "drives": "drive",
    "owns": "own", "has": "have", "likes": "like", "dislikes": "dislike", "prefers": "prefer", "eats": "eat",
    "drinks": "drink", "costs": "cost", "weighs": "weigh", "opens at": "open at", "closes at": "close at",
    "starts at": "start at", "ends at": "end at", "belongs to": "belong to", "reports to": "report to",
}  # fmt: skip
#: said with "is": "Ann is allergic to nuts"
BEING = frozenset({"located in", "allergic to", "engaged to", "scheduled for", "married to", "based in", "fluent in"})
#: said in a way of their own: as it is, and as it is not
PHRASES: dict[str, tuple[str, str]] = {
    "age": ("{subject} is {value} years old", "{subject} is not {value} years old"),
    "job": ("{subject}'s job is {value}", "{subject}'s job is not {value}"),
    "price": ("{subject} costs {value}", "{subject} does not cost {value}"),
    "name": ("{subject} is called {value}", "{subject} is not called {value}"),
    "spouse": ("{subject} is married to {value}", "{subject} is not married to {value}"),
    "partner": ("{subject} is together with {value}", "{subject} is not together with {value}"),
    "marital status": ("{subject} is {value}", "{subject} is not {value}"),
    "status": ("{subject} is {value}", "{subject} is not {value}"),
    "diet": ("{subject} is {value}", "{subject} is not {value}"),
    "nationality": ("{subject} is {value}", "{subject} is not {value}"),
    "opens": ("{subject} opens at {value}", "{subject} does not open at {value}"),
    "closes": ("{subject} closes at {value}", "{subject} does not close at {value}"),
    "habit": ("{subject} {value}", "{subject} stopped {value}"),
}
#: in Chinese: as it is, and as it is not
CHINESE: dict[str, tuple[str, str]] = {
    "lives in": ("{subject}住在{value}。", "{subject}不住在{value}。"),
    "works at": ("{subject}在{value}工作。", "{subject}不在{value}工作。"),
    "likes": ("{subject}喜欢{value}。", "{subject}不喜欢{value}。"),
    "name": ("{subject}的名字是{value}。", "{subject}的名字不是{value}。"),
    "allergic to": ("{subject}对{value}过敏。", "{subject}对{value}不过敏。"),
}
#: said of none at all: "Ann no longer has an employer"
NOTHING: dict[str, str] = {
    "works at": "an employer", "lives in": "a home that is known", "job": "a job", "spouse": "a spouse",
    "partner": "a partner",
}  # fmt: skip
#: a subject may have several at a time
MANY = phrases(
    """
    likes | dislikes | prefers | owns | has | speaks | plays | uses | eats | drinks | studies | allergic to |
    fluent in | habit | friend | friends | brother | sister | son | daughter | child | children | kid |
    colleague | coworker | co-worker | cousin | uncle | aunt | pet | dog | cat | hobby | hobbies | member |
    neighbour | neighbor | tag | skill | event | nickname | part | customer | supplier
    """
)

_SAME = {
    "residence": "lives in", "home": "lives in", "home city": "lives in", "home town": "hometown",
    "resides in": "lives in", "lives at": "lives in", "live in": "lives in", "city": "lives in",
    "employer": "works at", "works for": "works at", "workplace": "works at", "works with": "works at",
    "work at": "works at", "occupation": "job", "profession": "job", "job title": "job", "works as": "job",
    "phone number": "phone", "telephone": "phone", "telephone number": "phone", "mobile number": "phone",
    "contact number": "phone", "cell number": "phone", "cell phone": "phone", "due date": "deadline",
    "number": "phone", "mobile": "phone", "car": "drives", "e-mail": "email",
    "email address": "email", "e-mail address": "email", "mail address": "email",
    "boss": "manager", "reports to": "manager", "supervisor": "manager", "line manager": "manager",
    "costs": "price", "cost": "price", "birth date": "birthday", "date of birth": "birthday",
    "husband": "spouse", "wife": "spouse", "married to": "spouse", "girlfriend": "partner", "boyfriend": "partner",
    "favourite": "favorite", "located at": "located in", "location": "located in", "situated in": "located in",
    "based in": "located in", "opening time": "opens", "opens at": "opens", "closing time": "closes",
    "closes at": "closes", "belongs to": "owner", "origin": "comes from", "is from": "comes from",
    "scheduled at": "scheduled for", "weight": "weighs", "loves": "likes", "enjoys": "likes", "hates": "dislikes",
}  # fmt: skip
_BLANK = re.compile(r"[\s_]+")


def attribute_name(name: str) -> str:
    """The one name for an attribute: small letters, single spaces, its usual word. Again, it stays."""
    plain = _BLANK.sub(" ", name).strip().casefold()
    plain = plain.replace("favourite", "favorite").replace("colour", "color")
    return _SAME.get(plain, plain)


def is_single(attribute: str) -> bool:
    """Whether a subject has one value of it at a time, as far as the name says."""
    return attribute not in MANY
