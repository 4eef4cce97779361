"""English words that give a reason or an aim in one sense of several: since, as, after, over, for, to.

Each asks for what must stand beside it: harm or a dispute before it, a clause of its own behind it.

Rules only; what they are and how they are tried is said in `rules` and `matching`.
"""

from __future__ import annotations

from memos_ingest.causal.english_words import (
    AIM,
    BLAME,
    DISPUTE,
    HARM,
    NO_AIM_BEFORE,
    REACTION,
    SPECIFIC_TIME,
    SUBJECT,
    TIME,
)
from memos_ingest.causal.rules import Rule, Shape, after, words

REASONS: tuple[Rule, ...] = (
    after(
        "since",
        rf"since(?=,? (?:{SUBJECT}|[A-Z][\w\-]+|\w+) )",
        0.77,
        clause=True,
        not_left=words(
            r"\b(?:ever|long|have|has|had|been|years|months|weeks|days|first|time|\d|began|started"
            r"|going on)\b[^,;]*$"
        ),
        not_right=words(rf"[\s,]*(?:{SPECIFIC_TIME}|[^,;]*\b(?:was|were|had|\w+ed)\b[^,;]*,[^,;]*\b(?:has|have)\b)"),
        right=words(
            r",? (?:[\w\-'’]+ ){1,6}?(?:is|are|was|were|has|have|had|can|cannot|could|do|does|did|will"
            r"|would|needs?|contains?|requires?|depends?)\b"
        ),
    ),
    after(
        "as",
        r"as(?= (?:it|he|she|they|there|we|this|these|none|nobody|no one|neither|most of|all of|"
        r"(?:the|his|her|their|its|our|no)(?: [\w\-]+){1,3})"
        r" (?:(?:has|had|have|did|does|do|is|are|was|were|can|could|will|would|may|might) (?:not|no"
        r"|n't|been|already|to|never|become|too|unable|afraid|only|still|due|out|closed|yet)\b"
        r"|(?:feared?|fears|needs?|needed|wanted|wants?|lacks?|lacked|believed?|contains?|requires?"
        r"|depends?|failed|refused|rejected|feel|felt|did ?n['’o])\b|(?:had|has|have) [\w]+(?:ed|en"
        r"|ne|wn)\b))",
        0.80,
        not_left=words(
            r"\b(?:as|so|such|same|just|even|far|long|soon|much|well|known|used|exactly|insofar|be|was"
            r"|were)\b(?: \w+)?\s*$"
        ),
    ),
    Rule(
        name="harm as",
        pattern=words(
            r"\b(?:as|when)(?= (?:(?!many|part|per|if|well|a result|an?\b|soon|long|much|of|to|opposed"
            r"|for|is|usual|expected|planned|reported|asked)\w))"
        ),
        shape=Shape.AFTER,
        confidence=0.92,
        clause=True,
        left=words(HARM + r"[^,;]{0,90},?\s*$"),
        not_left=words(
            r"\b(?:even|just|such|as|so|known|only|identified|described|used|seen|declared|time|day|year"
            r"|moment|charged|booked|listed|condemned|recognised|appointed|named|ordered|designated"
            r"|acts?|acted|serve[sd]?|worked|working)\s*$"
        ),
        not_right=words(rf"\s*(?:{TIME}|well|though|\w+ing\b|\w+s? of )"),
    ),
    Rule(
        name="after",
        pattern=words(r"\bafter\b"),
        shape=Shape.AFTER,
        confidence=0.86,
        left=words(HARM + r"[^,;]{0,90},?\s*$"),
        not_left=words(rf"\b(?:even|soon|{TIME}|looking|looked|look|named|year|run|go|day|long|ever|only)\s*$"),
        not_right=words(
            r"\s*(?:all\b|\d|(?:the |a |an |this |that |two |three |a few |several |some |much |many )*"
            rf"(?:{TIME}|next|first|second|last|work|dark|dinner|lunch|breakfast|midnight|noon|sunset)\b|"
            r"(?:him|them|me|us|her|you)\b)"
        ),
    ),
    Rule(
        name="over",
        pattern=words(r"\bover\b"),
        shape=Shape.AFTER,
        confidence=0.84,
        left=words(DISPUTE + r"(?: [\w\-'’]+){0,5}?,?(?: allegedly| reportedly)?\s*$"),
        not_left=words(
            r"\b(?:handed|hand\w*|took|tak\w+|spill\w*|presid\w+|turn\w*|all|was|is|pull\w*|officially"
            r"|control|power|victory|run|ran|watch)\s*$"
        ),
        not_right=words(
            r"\s*(?:\d|(?:the |a |an |this |these )?(?:\w+ )?(?:past|last|next|coming|recent|dozen"
            rf"|hundred|thousand|{TIME})|(?:and|to|in|the (?:city|country|place|road|streets?|top|border"
            r"|phone|river|bridge))\b|[,.])"
        ),
    ),
    Rule(
        name="for -ing",
        pattern=words(
            r"\bfor(?= (?:\w+ly )?(?:having |being )?(?-i:(?=[a-z]))(?!(?:during|nothing|anything"
            r"|something|everything|spring|morning|evening|king|string|ring|thing|building|meeting"
            r"|hearing|training|funding|housing|testing)\b)\w+ing\b| (?:(?:his|her|their|its|the) )?"
            r"(?:alleged|involvement|role|part in|failure|failing|lack|refusal))"
        ),
        shape=Shape.AFTER,
        confidence=0.92,
        left=words(BLAME + r"(?: [\w\-'’(),]+){0,10}\s*$"),
        not_left=words(r"\b(?:responsible|ready|used|waiting|call\w*|plans?|need|money|required|useful|good|exam)\s*$"),
    ),
)

MOTIVES: tuple[Rule, ...] = (
    Rule(
        name="in order to",
        pattern=words(
            r"\b(?:in order (?:to|that)|so as (?:not )?to|in an? (?:bid|attempt|effort|endeavou?r) to"
            r"|with (?:the|an) (?:aim|intention|intent|view|objective|goal) (?:of|to)|for the (?:purpose"
            r"|sake) of|for fear (?:of|that)|lest)\b"
        ),
        shape=Shape.AROUND,
        confidence=0.95,
    ),
    Rule(
        name="demanding",
        pattern=words(
            r"\b(?:demanding|protesting|denouncing|opposing|condemning|urging|seeking|resenting|calling "
            r"(?:for|on|upon)|alleging|criticising|criticizing)\b(?= (?:that |the |a |an |their |his "
            r"|her |its |for |against |at |over |about |immediate |better |more |an end|\w))"
        ),
        shape=Shape.AFTER,
        confidence=0.97,
        inside=True,
        left=words(
            REACTION + r"|(?:\b(?:gathered|assembled|staged?|observed|held|took out|taken out|blocked|shouted"
            r"|raised|sat|stopped|went on|surrounded|wrote|met|walked|boycotted|filed"
            r"|submitted|struck|shut|formed)\b)"
        ),
        not_left=words(
            r"\b(?:is|are|was|were|been|be|keep|kept|started|began|by|of|for|the|and|people|those|who"
            r"|stop\w*|villagers|students|youths?|workers|residents|teachers|while)\s*$"
        ),
        not_right=words(
            r"\s*(?:[,.]|outside|along|in front|together|peacefully|crowd|students|residents|workers"
            r"|parties)\b"
        ),
    ),
    Rule(
        name="demanding, (front)",
        pattern=words(
            r"^\W*(?:demanding|protesting|denouncing|opposing|condemning|urging|seeking|resenting"
            r"|calling (?:for|on|upon)|alleging|accusing|fearing|hoping)\b"
        ),
        shape=Shape.FRONT,
        confidence=0.95,
        inside=True,
    ),
    Rule(
        name="to (aim)",
        pattern=words(rf"\bto(?= (?:also |further |better )?{AIM}\b)"),
        shape=Shape.AFTER,
        confidence=0.99,
        inside=True,
        left=words(r"\w+(?: [\w\-'’,.]+){2,}"),
        not_left=NO_AIM_BEFORE,
        told=True,
    ),
)
