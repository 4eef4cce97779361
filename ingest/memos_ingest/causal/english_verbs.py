"""The English verbs that make their subject a cause: led to, triggered, forced ... to, ", leaving six dead".

Rules only; what they are and how they are tried is said in `rules` and `matching`.
"""

from __future__ import annotations

from memos_ingest.causal.english_words import EVENT
from memos_ingest.causal.rules import Rule, Shape, verb, words

_THING = r"\s*(?:\w+ ){0,3}(?:blasts?|bombs?|explosions?|ied|landmines?|mines?|devices?)\b"

_NOT_CAUSE = words(
    r"\b(?:underlying|root|common|just|good|lost|noble|probable|this|the|an?|their|his|her|its"
    r"|our|my|s|for|good|other|of|those|these|social|charitable|many|some|various)\s*$"
)

_MODAL_LEAD = (
    r"lead(?:s|ing)? (?:directly |inevitably )?(?:up )?to|led (?:directly |indirectly "
    r"|in turn )?(?:up )?to"
)
VERBS: tuple[Rule, ...] = (
    verb(
        "led to",
        _MODAL_LEAD,
        0.95,
        not_right=words(
            r"\s*(?:the )?(?:house|room|door|bridge|road|street|village|city|town|north|south|east|west"
            r"|arrest and)\b"
        ),
        not_left=words(
            r"\b(?:road|street|path|stairs|stairway|corridor|door|gate|tunnel|lane|way|highway|track"
            r"|route|information|roads|links?)\s+(?:that |which )?\s*$"
        ),
    ),
    verb(
        "result in",
        r"result(?:s|ed|ing)? in|culminat(?:e|es|ed|ing) in|ended in|ending in|end up in",
        0.77,
        not_left=words(
            r"\b(?:the|these|those|our|their|his|her|its|my|your|some|any|all|no|and|of|final|first|test"
            r"|new|early|best)\s*$"
        ),
    ),
    verb(
        "cause",
        r"caus(?:e|es|ed|ing)",
        0.76,
        not_left=_NOT_CAUSE,
        not_right=words(r"\s*(?:of|for|and|by|no|not|any|a stir|list|is|was|in|to|other)\b|\s*[,.;]"),
    ),
    verb(
        "trigger",
        r"trigger(?:s|ed|ing)?(?: off)?|spark(?:s|ed|ing)?(?: off)?|set(?:s|ting)? off|touch(?:ed"
        r"|ing) off",
        0.88,
        not_left=words(r"\b(?:the|an?|remotely|its|this|first|each|hair|no)\s*$"),
        not_right=words(rf"{_THING}|\s*(?:[,.;]|by\b|of\b|for\b|towards\b|when\b|after\b|warning)"),
    ),
    verb(
        "prompt",
        r"prompt(?:ed|ing)|provok(?:e|es|ed|ing)|evok(?:e|es|ed|ing)|incit(?:ed|ing)|spur(?:s|red"
        r"|ring)?",
        0.76,
        not_right=words(r"\s*(?:[,.;]|by\b|we\b|and\b)"),
    ),
    verb(
        "fuel",
        r"fuell?(?:ed|ing)|stok(?:es|ed|ing)|ignit(?:es|ed|ing)|aggravat(?:es|ed|ing)|exacerbat(?:es"
        r"|ed|ing)"
        r"|heighten(?:s|ed|ing)|precipitat(?:es|ed|ing)|induc(?:es|ed|ing)"
        r"|worsen(?:s|ed|ing)|stirr(?:ed|ing)|erod(?:es|ed|ing)",
        0.93,
        not_right=words(r"\s*(?:[,.;]|by\b|with\b|and\b|in\b|for\b|about\b|to\b)"),
    ),
    verb(
        "bring about",
        r"(?:bring|brings|brought|bringing) about|giv(?:e|es|ing) (?:rise|credence|way) to"
        r"|gave rise to|contribut(?:e|es|ed|ing) to|mak(?:e|es|ing) it (?:im)?possible"
        r"|is why|was why|are why|is the reason (?:why|that|for)|was the reason (?:why|that|for)"
        r"|drove up|driving up|pav(?:e|ed|es|ing) the way for",
        0.77,
        not_right=words(r"\s*(?:society|the society|\d+ ?(?:%|per ?cent))"),
    ),
    verb(
        "cause of",
        r"(?:is|are|was|were|be|been|being|becom(?:es|ing)|became|remains?|remained)(?: (?:a|an|the"
        r"|one of the))?(?: (?:main|major|leading|primary|principal|chief"
        r"|common|root|sole|only|direct|key|most common|biggest|underlying|likely|probable"
        r"|possible))* (?:causes?|reasons?|triggers?|catalysts?) (?:of|for|behind)",
        0.9,
    ),
    verb(
        "raise the risk",
        r"(?:increas|rais|reduc|lower|elevat|doubl)(?:e|es|ed|ing)s? (?:the|your|a person['’]s|their"
        r"|his|her) (?:risks?|likelihood|chances?|odds|probability|rate|incidence) of",
        0.88,
        inside=True,
    ),
    verb(
        "prevent",
        r"(?:prevent|stop|discourag|deter|block|hinder|inhibit|keep|kept|ban|bar)(?:e?s|e?d|ped|ping"
        r"|red|ring|ned|ing)?(?= (?:[\w\-'’]+ ){1,6}?from \w+ing\b)",
        0.88,
        inside=True,
        not_left=words(r"\b(?:to|and|or|of|for|helps?)\s*$"),
    ),
    verb(
        "force",
        r"forc(?:ed|ing)|forces(?= (?:the|an?|him|her|them|us|it|people|many|some)\b)|compel(?:s|led"
        r"|ling)",
        0.93,
        right=words(r"\s*(?:\S+ ){1,12}?(?:to|into|out|from|off)\b"),
        not_left=words(
            r"\b(?:was|were|been|be|are|is|and|have|has|had|police|security|armed|task|air|their|its"
            r"|the)\s*$"
        ),
    ),
    verb(
        "drive to",
        r"(?:drove|drives|driving|pushed|pushes|pushing)(?= (?:him|her|them|us|me|it|people|many|some|\w+s) to"
        r" (?!work|school|town|safety|victory)(?-i:[a-z])\w+)",
        0.85,
        not_right=words(r" \S+ to (?:the|a|an|his|her|their|its|my|our|your)\b"),
    ),
)

PARTICIPLES: tuple[Rule, ...] = (
    Rule(
        name="leaving",
        pattern=words(
            r"\b(?:leaving|left)\b(?=(?: (?:at least|more than|over|about|nearly|around|some|many"
            r"|several|scores|dozens|hundreds|thousands|a|an|one|two|three|four|five|six|seven|eight"
            r"|nine|ten|\d[\d,]*|him|her|them|it|people|residents|the|his|their))(?: [\w\-]+){0,8}? "
            r"(?:dead|injured|wounded|homeless|stranded|hurt|damaged|destroyed|without|unable|in "
            r"(?:hospital|ruins|tatters|shambles|the dark|limbo)|paraly[sz]ed|trapped|missing"
            r"|unconscious|blind|bleeding|ill|sick)\b)"
        ),
        shape=Shape.BEFORE,
        confidence=0.84,
        inside=True,
        verb=True,
        not_left=words(r"\b(?:was|were|been|be|are|is)\s*$"),
    ),
    Rule(
        name="killing",
        pattern=words(
            r"(?<=, )(?:killing|injuring|wounding|hurting|destroying|damaging|disrupting|delaying"
            r"|blocking|halting|stalling"
            r"|stranding|crippling|paraly[sz]ing|displacing|burying|flooding|preventing|forcing"
            r"|rendering|plunging|ruining"
            r"|making (?:it|them|this) (?:impossible|possible|difficult|hard|harder|easier|necessary"
            r"|unsafe|unusable))\b"
        ),
        shape=Shape.BEFORE,
        confidence=0.87,
        inside=True,
        not_left=words(r"\bby\b[^,]*,\s*$"),
    ),
    Rule(
        name="event kills",
        pattern=words(
            r"(?<=[\w)] )(?:(?:had |have |has |also |allegedly )*(?:killed|kills|injured|injures|wounded"
            r"|claimed|destroyed|destroys|damaged|damages|disrupted|disrupts|delayed|delays"
            r"|crippled|cripples|paraly[sz]ed|displaced|devastated|wrecked|halted|hit|affected|injuring"
            r"|killing|flooded|ravaged|tainted|ruined|shut down))\b"
        ),
        shape=Shape.BEFORE,
        confidence=0.81,
        verb=True,
        inside=True,
        left=words(
            EVENT + r"(?:[\s,]+(?:in|at|on|of|near|by|inside|outside|across|around)\b"
            r"(?:\s[\w'’\-]+){1,5}?)?[\s,]*(?:that|which)?\s*(?:had|have|has|also|badly|severely"
            r"|partially|completely)?\s*$"
        ),
        not_right=words(
            r"\s*(?:[,.;]|in\b|by\b|during\b|on\b|at\b|and\b|with\b|to\b|after\b|when\b|as\b"
            r"|responsibility)"
        ),
    ),
)
