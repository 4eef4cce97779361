"""The English words that join a cause to its effect: because, due to, therefore, so that.

Rules only; what they are and how they are tried is said in `rules` and `matching`.
"""

from __future__ import annotations

from memos_ingest.causal.english_words import SUBJECT, TIME
from memos_ingest.causal.rules import Rule, Shape, after, passive, so, words

_CAUSED = (
    "caused|triggered|sparked|prompted|provoked|fuelled|fueled|ignited|stoked|spurred|induced"
    "|precipitated|necessitated"
    "|evoked|inflicted|exacerbated|aggravated|heightened|brought about|set off|occasioned"
    "|compounded|driven|marred|crippled"
    "|stirred|unleashed|touched off"
)

_RESULT_OF = (
    r"(?:direct |natural |immediate |likely )?(?:result|consequence|outcome|effect|product"
    r"|by-?product|fallout|upshot)"
)

BECAUSE: tuple[Rule, ...] = (
    after("as a result of", rf"as an? {_RESULT_OF} of", 0.88),
    after("because of", r"because of|on account of|by reason of|by virtue of", 0.93, not_right=words(r" you know\b")),
    after(
        "because",
        r"because|'cause|cause(?= (?:i|it|he|she|we|they|there)\b(?! \w+ to\b| to\b))|inasmuch as"
        r"|seeing that|given that|in that it",
        0.83,
        not_left=words(r"\bjust\s*$"),
        not_right=words(r" of\b"),
    ),
    after(
        "due to",
        r"due (?:to|largely to|mainly to|in part to|partly to|primarily to)",
        0.91,
        not_right=words(
            r"\s*(?:be|start|begin|arrive|open|take|meet|appear|leave|return|hold|end|expire|make|go|come"
            r"|give|speak|visit|play|face|release|launch|publish|complete|finish|run|step|stand|attend"
            r"|retire|address|have|become|receive|report|continue|resume)\b"
        ),
    ),
    after("owing to", r"owing (?:largely |mainly |partly )?to", 0.92),
    after(
        "thanks to",
        r"thanks (?:largely |mainly |in part )?to",
        0.88,
        not_left=words(r"\b(?:many|special|our|my|with|of|and|his|her|gave|giv\w+|say\w*|said)\s*$"),
        not_right=words(r"\s*(?:you|all|every\w+|those)\b"),
    ),
    after(
        "in response to", r"in (?:direct |immediate )?(?:response|reaction|retaliation|reply) (?:to|for|against)", 0.93
    ),
    after(
        "in the wake of", r"in (?:the )?(?:wake|aftermath) of|in view of|in (?:the )?light of|in consequence of", 0.94
    ),
    after(
        "in protest",
        r"in (?:protest|anger|outrage|retaliation|revenge|solidarity) (?:against|over|at|of|about|to)",
        0.96,
    ),
    after(
        "following",
        r"following",
        0.91,
        not_left=words(
            r"-$|\b(?:the|sure|by|is|are|was|were|be|been|of|for|in|on|with|and|to|a|its|his|her|their"
            r"|not|like|who|people|started|keep|kept|stop\w*)\s*$"
        ),
        not_right=words(
            rf"\s*(?:[:,.]|up\b|suit|[^,;.]{{0,24}}\b(?:standards?|conventions?|specifications?|polic\w+"
            r"|laws?|model|principles?|practices?|trends?|formats?|protocols?|advice|recommendations?"
            r"|route)\b|(?:a |the |this |that |these |his |her |their )?(?:\w+ )?(?:instruct\w*|steps?"
            r"|links?|path"
            r"|rules?|examples?|sections?|tables?|figures?|pages?|guid\w+|procedure\w*|order|example"
            r"|orders"
            rf"|pattern|footsteps|lines?|{TIME})\b|(?:him|her|them|me|us|you|it)\b|(?:in|from|on|at|for) )"
        ),
    ),
    passive("caused by", rf"(?:{_CAUSED})(?:,? (?:\w+ly|in part))? by", 0.85),
    passive(
        "result from",
        r"result(?:s|ed|ing)? from|stem(?:s|med|ming)? from|aris(?:e|es|en|ing) (?:from|out of)"
        r"|arose (?:from|out of)|deriv(?:e|es|ed|ing) from|attribut(?:ed|able) to|blamed on"
        r"|originat(?:e|es|ed|ing) from|(?:is|are|was|were|been) down to",
        0.73,
    ),
    passive("result of", rf"(?:is|are|was|were|be|been|as)(?: (?:the|an?))? {_RESULT_OF} of", 0.90),
    after(
        "irked by", r"(?:irked|angered|enraged|infuriated|upset|alarmed|shocked|outraged|dismayed) (?:by|over)", 0.91
    ),
)

SO: tuple[Rule, ...] = (
    so(
        "as a result",
        rf"\b(?:as an? {_RESULT_OF}|consequently|for (?:this|that|these|which) reasons?|as such"
        r"|in consequence)\b(?! of\b)\s*,?",
        0.9,
    ),
    so(
        "therefore",
        r"\b(?:therefore|thereby|hence|thus|accordingly)\b\s*,?",
        0.93,
        not_right=words(r"\s*(?:far|the name|why|,?\s*\d)"),
        not_left=words(r"\b(?:years|weeks|months|days|is|why)\s*$"),
    ),
    Rule(
        name="so that (aim)",
        pattern=words(r"\bso that\b(?=(?: [\w\-'’]+){1,6}? (?:can|could|may|might|will|would|should|do|does)\b)"),
        shape=Shape.AFTER,
        confidence=0.82,
        not_left=words(r"\b(?:do|did|does|say|says|said|think|and|or)\s*$"),
    ),
    so("so that", r"\bso that\b", 0.83, not_left=words(r"\b(?:do|did|does|say|says|said|think|and|or)\s*$")),
    so(
        "so",
        rf",\s*(?:and )?so,? (?={SUBJECT}\b|[A-Z][a-z]+ (?:was|were|is|are|had|has|could|did))",
        0.85,
        not_right=words(r"\s*(?:that is|we can say|there you)\b"),
    ),
    so(
        "so ... that",
        r"\bthat(?= (?:it|he|she|they|we|i|you|there|the|a|an|his|her|their|its|no|some|many|even"
        r"|people)\b)",
        0.88,
        left=words(r"\b(?:so|such an?) (?!that|far|much as)(?:\w+ly )?[\w\-]+(?: [\w\-]+){0,3}\s*$"),
        not_left=words(
            r"\b(?:said|says|say|think|thinks|hope|hopes|believe|and so|do so|did so)\b[^,]{0,20}$"
            r"|\b(?:cool|great|good|nice|happy|glad|sad|sorry|proud|lucky|sure|grateful|thankful"
            r"|important|amazing|awesome|excited|weird|funny|true|likely)\s*$"
        ),
    ),
)
