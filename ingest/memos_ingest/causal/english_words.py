"""Classes of English words that tell the senses of a marker apart: harm, events, blame, disputes, reactions, aims.

Declines to know the markers. General words of the language, not of one corpus.
"""

from __future__ import annotations

from memos_ingest.causal.rules import words

THE = r"(?:the|a|an|his|her|their|its|our|my|your|this|that|these|those|some|several|many|any)"
SUBJECT = (
    r"(?:it|he|she|they|we|i|you|there|this|that|these|those|no|all|both|the|a|an|his|her|their"
    r"|its|our|my|your)"
)
TIME = (
    r"(?:second|minute|hour|day|night|week|month|year|decade|centur|morning|evening|weekend"
    r"|summer|winter|spring)\w*"
)

#: what befalls people and things, or is done in answer: an effect more often than a coincidence
HARM = (
    r"\b(?:injured|hurt|wounded|killed|died|dies|dead|hospitali[sz]ed|drowned|burn(?:t|ed)"
    r"|damaged|destroyed|flooded|collapsed"
    r"|failed|crashed|sank|tripped|overheated|leaked|disrupted|delayed|halted|stopped|stranded"
    r"|paraly[sz]ed|crippled|blocked"
    r"|affected|suspended|cancell?ed|closed|shut|postponed|evacuated|rescued|recalled|withdrawn"
    r"|withdrew|lifted|called off"
    r"|triggered|activated|arrested|detained|jailed|imprisoned|booked|charged|sentenced|convicted|fined|banned"
    r"|expelled|sacked|dismissed|fired"
    r"|resigned|apologi[sz]ed|condemned|criticised|criticized|fled|broke (?:out|down)|erupted"
    r"|flared|protested|staged"
    r"|imposed|ordered|deployed|declared|launched|intervened|turned (?:violent|ugly|tense)"
    r"|tension\w*|ran high"
    r"|(?:accident|collision|crash|outage|leak|fire|failure|spill|derailment|explosion)s? "
    r"(?:happened|occurred|started|began))\b"
)
EVENT = (
    r"\b(?:attacks?|blasts?|explosions?|bomb(?:s|ings?)?|shootings?|clash(?:es)?|accidents?"
    r"|crash(?:es)?|fires?|blazes?"
    r"|floods?|flooding|earthquakes?|quakes?|storms?|hurricanes?|typhoons?|cyclones?|tornado"
    r"(?:es)?|drought|landslides?"
    r"|eruptions?|outbreaks?|epidemics?|pandemic|virus(?:es)?|diseases?|leaks?|spills?|failures?"
    r"|outages?|collapses?|riots?"
    r"|violence|war|strikes?|shutdowns?|blockades?|protests?|unrest|bugs?|errors?|faults?"
    r"|shortages?|recession|crisis|heat"
    r"|cold|rains?|rainfall|snow|frost|wind)\b"
)
BLAME = (
    r"\b(?:arrest\w*|detain\w*|jail\w*|imprison\w*|booked|charged|sentenced|convicted|fined?"
    r"|fines|punish\w*|banned|expelled"
    r"|sacked|dismissed|fired|suspended|sued|blam\w+|criticis\w+|criticiz\w+|slam(?:s|med)"
    r"|condemn\w*|denounc\w+|accus\w+"
    r"|rebuk\w+|reprimand\w*|attack(?:ed|ing)|thanked|prais\w+|rewarded|honou?red|commend\w*"
    r"|apologi\w+"
    r"|death penalty|life sentence|angry|protest\w*|killed|famous|notorious)\b"
)
DISPUTE = (
    r"\b(?:protest\w*|demonstrat\w+|clash\w*|row|rows|dispute\w*|feud\w*|fight\w*|fought"
    r"|quarrel\w*|argu(?:ed|ing|ment\w*)"
    r"|duel|brawl|scuffle\w*|anger\w*|angry|outrage\w*|fury|furious|irked|upset|outcry"
    r"|controvers\w+|violence|tensions?"
    r"|concern\w*|worr(?:y|ied|ies)|fears?|critici\w+|complain\w*|unhapp\w+|strike|march|sued"
    r"|fined|arrest\w*|detained"
    r"|convicted|sacked|suspended|dismissed|jailed|sentenced|resign\w*|apologi\w+|death penalty"
    r"|stand-?off|impasse|talks"
    r"|loggerheads|backlash|boycott\w*|agitat\w+)\b"
)
REACTION = (
    r"\b(?:protest\w*|demonstrat\w+|rall(?:y|ies|ied|ying)|march(?:es|ed|ing)?|agitat\w+|strik"
    r"(?:e|es|ing)|boycott\w*"
    r"|uprising|rebel\w*|revolt\w*|complain\w*|appeal\w*|petition\w*|sit-in|hunger strike"
    r"|walk-?out|campaign\w*"
    r"|outrage|anger|vigil|shout\w*|slogans?)\b"
)
#: an aim rather than the object of a verb: "marched to protest", but not "wanted to protest"
AIM = (
    r"(?:protest|demand|prevent|avoid|ensure|protect|press|express|highlight|draw (?:the )?"
    r"(?:public )?attention|denounce"
    r"|oppose|disperse|block|commemorate|reduce|evade|minimi[sz]e|persuade|resist|halt|thwart"
    r"|suppress|stop|mark the|keep out"
    r"|keep \w+ \w+ out|save (?:time|money|space|lives|energy))"
)
NO_AIM_BEFORE = words(
    r"(?:\b(?:want\w*|wish\w*|tr(?:y|ies|ied|ying)|attempt\w*|fail\w*|refus\w+|need\w*|decid\w+"
    r"|plan\w*|agree\w*|like[sd]?|hop(?:e|es|ed|ing)"
    r"|urg\w+|ask\w*|continu\w+|begin\w*|began|start\w*|had|has|have|having|able|unable|likely"
    r"|unlikely|ready|willing|desperate"
    r"|going|ought|used|allow\w*|order\w*|told|forc\w+|vow\w*|pledg\w+|promis\w+|threaten\w*"
    r"|intend\w*|expect\w*|seek\w*"
    r"|sought|manag\w+|struggl\w+|than|how|what|where|when|whether|not|is|was|are|were|be|been"
    r"|duty|right|power|ability|way|failure"
    r"|attempts|efforts|decision|plans?|call\w*|appeal\w*|instruct\w*|direct\w*|advis\w+|mov(?:e"
    r"|ed)|prepar\w+|help(?:s|ed)?)"
    r"|due|according|designed|meant|aimed|intended|recommended|motivation|encourage\w*|strength"
    r"|important|essential"
    r"|necessary|vital|crucial|best|chance|opportunity|time|hard|easy|great|good|useful"
    r"|tend\w*)\s*$"
)
ODD_CLAUSE = words(
    r"\b(?:ask(?:s|ed|ing)?|know(?:s|n)?|knew|see|sees|saw|wonder\w*|check\w*|sure|certain|clear"
    r"|determine\w*|decid\w+|tell|tells"
    r"|told|say|says|doubt\w*|find out|found out|confirm\w*|verif\w+|test\w*|as|even|what|only"
    r"|question\w*|remember"
    r"|establish|ascertain|learn)\s*,?\s*$"
)
UNREAL = words(r"\b(?:would|could|might|should)(?:n['’]t| not)? have\b|\bhad (?:it )?not been\b")
SPECIFIC_TIME = rf"(?:then|last|early|late|yesterday|\d+|(?:the )?(?:\w+ )?(?:{TIME}))\b"
