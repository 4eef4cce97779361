"""Sentences that say a plain thing in a turn of their own, said plainly: "They hired me as a nurse" is "I was hired as
a nurse".

English. Each rule is a pattern and what it says. What is not rewritten stays as it is. Whether it claims
anything is the other rules' to say.
"""

from __future__ import annotations

import re
from functools import cache

from memos_graph.engines.claims.words import NAME, NOUNS

_NEW = rf"(?P<new>(?:the )?{NAME})"
_OLD = rf"(?P<old>(?:the )?{NAME})"
_WHO = rf"(?P<who>me|(?:my {NOUNS}?)|{NAME})"
_NUMBER = r"(?P<number>\+?\(?\d[\d ()/.-]{4,20}\d)"
_MAIL = r"(?P<mail>[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4})"
_DAY = r"(?P<day>\x02?[^,;:.!?()]{3,30})"
_HAVE = r"(?:'ve|'s| have| has)?(?: (?:just|now|finally|officially|also|recently|already)){0,2}"
_END = (
    r"(?= *(?:[,;.!]|$| and | but | now\b| since\b| in \w| on \w| last\b| today\b| yesterday\b| this\b| as of\b"
    r"| from\b| for good\b| again\b))"
)
_WHAT = r"(?P<what>[^,;:.!?()]{2,60}?)"
_TAIL = r"(?: (?:now|anymore|any more|any longer|these days|nowadays|from now on|instead))*"
_NEG = r"(?P<neg>(?:is|was)n't|(?:is|was) (?:no longer|not))"
_LEAVING = "I left my job at"

# hints, pattern, template; \g<name> of the match. Hints: one of them must be in the sentence, in small letters.
_RULES: tuple[tuple[str, str, str], ...] = (
    ("number phone reach call", r"^(?i:if|in case) (?:you|anyone|anybody)[^,:;]{0,20}\b(?:number|phone|reach me"
     r"|call me)\b[^,:;]{0,20}[,:]"
     r" *(?:it's|it is|that's) ", "My phone number is "),
    ("if case", r"^(?i:if|in case) (?:you|anyone|anybody)(?:'d| ever| still)? (?:want|need|like|wanna|wants|needs"
     r"|ask|asks|are looking|have"
     r" to|wonder)[^,:;]{0,40}[,:] *", ""),
    ("find", rf"(?i:\byou(?:'ll| will| can)(?: now| usually)? find me) (?P<how>in|at) {_NEW}", r"I'm \g<how> \g<new>"),
    # ways to reach somebody
    ("reach", rf"\b[Ii] can (?:now )?be (?:reached|contacted|called) (?:now )?(?:on|at|under|by|via) {_NUMBER}",
     r"My phone number is \g<number>"),
    ("new one", r"\b[Mm]y old (?P<noun>(?:phone )?number|address|e-?mail|car|phone) (?P<old>[^,;:!?]{3,40}?) "
     r"(?:is|was|has|no longer|does)[^,;:!?]"
     r"{2,30}[,;] *(?:and )?(?:the|my) new one is ", r"My \g<noun> changed from \g<old> to "),    ("reach call"
     " text ring phone contact message",
     rf"(?i:\b(?:you can(?:'t|not| no longer)|you can't any ?more|(?:please )?(?:don't|do not|stop)) (?:reach|call"
     rf"|text|ring|phone"
     rf"|contact|messag)(?:ing|e)? me (?:on|at|under)) {_NUMBER}{_TAIL}", r"My phone number is no longer \g<number>"),
    ("reach call text ring phone contact message ping whatsapp dial",
     rf"(?i:\b(?:(?:you|people|everyone) can (?:now )?|please |just |to )*(?:reach|call|text|ring|phone|contact"
     rf"|message|ping"
     rf"|whatsapp|dial|get(?: hold of)?) (?:me|us)(?: (?:now|from now on|again|directly|anytime|always))? (?:on|at"
     rf"|under|via"
     rf"|through|by)"
     rf" (?:my (?:new )?(?:phone |mobile )?number,? |the number )?){_NUMBER}", r"My phone number is \g<number>"),
    ("reach call text ring phone contact",
     rf"(?i:\b(?:you can (?:now )?|please |just )*(?:reach|call|text|ring|phone|contact)) (?P<who>{NAME}) (?:now"
     rf" )?(?:on|at"
     rf"|under) {_NUMBER}", r"\g<who>'s phone number is \g<number>"),
    ("mail reach write contact",
     rf"(?i:\b(?:you can (?:now )?|please |just )*(?:e-?mail|reach|write|contact|write to) me (?:now )?(?:at|on"
     rf"|under|via)) {_MAIL}",
     r"My email is \g<mail>"),
    # "New number: 555 01", "I've got a new number, it's 555 01", "my number's changed, it's 555 01 now"
    ("new", r"(?:^|(?<=[,;!] ))(?i:(?:(?:I|we)(?:'ve| have)?(?: just| finally| now)? (?:got|have|had|changed to) "
     r"(?:an? |my )?|an? |my"
     r" |the )?new (?P<noun>(?:(?:phone|mobile|cell|work|office) )?(?:number|phone)|e-?mail(?: address)?|address)"
     r"(?: here| again)?"
     r"(?: is|,? it's|,? that's|[:,–—-]+(?: it's| it is| is)?)) (?=\S)", r"My \g<noun> is "),
    ("number mail address phone mobile",
     r"\b(?:my|My) (?P<noun>(?:(?:phone|mobile|cell|work|office) )?number|phone|e-?mail(?: address)?|address)"
     r"(?:'s| has| was)?(?: just| recently| now)? changed[:,;–—-]+ *(?:and )?(?:it's|it is|now it's|the new one is)"
     r" (?:now )?", r"My \g<noun> is "),
    ("new", rf"(?P<who>{NAME})(?:'s got| has| got)(?: just got)? (?:an?|(?:his|her|their)) new (?P<noun>{NOUNS}?)"
     rf"(?:,|:| -|,"
            r" it's|: it's) (?=\S)", r"\g<who>'s \g<noun> is "),
    (":", rf"^(?i:(?:the |current |new |latest )*status) (?:of|for|on) (?P<who>(?:the )?{NAME})(?: now)?: *(?=\S)",
     r"The status of \g<who> is "),
    (":", rf"^(?i:(?:the |current |new |latest )*(?:deadline|due date)) (?:of|for) (?P<who>(?:the )?{NAME})(?:"
     rf" now)?: *(?=\S)",
     r"The deadline of \g<who> is "),
    (":", rf"^(?P<who>{NAME})(?:'s)? (?P<noun>status|deadline|budget|manager|due date|price|owner|lead): *(?=\S)",
     r"\g<who>'s \g<noun> is "),
    (":", rf"^(?P<my>my|My) (?![^:]*\b(?:has|have|is|was|are|changed)\b)(?:new |current )?(?P<noun>{NOUNS}?): *(?=\S)",
     r"My \g<noun> is "),
    ("number", rf"\b(?:[Mm]y|[Tt]he) (?:old |phone |mobile )*(?:number )?{_NUMBER} (?:is no longer (?:in use|valid"
     rf"|active|mine"
     r"|working)|no longer works|doesn't work|isn't (?:in use|valid|active|mine|working)|is (?:dead|disconnected"
     r"|gone)|has been"
     rf" disconnected){_TAIL}", r"My phone number is no longer \g<number>"),
    ("number", rf"\bI(?:'ve| have)?(?: just)? (?:swapped|replaced|traded|exchanged) my (?:old )?(?:phone )?number"
     rf"(?: {_NUMBER})?"
     r" (?:with|by|for) (?=[+\d])", "My phone number is now "),
    # work
    ("first day", rf"\b(?:(?P<day>today|yesterday|[Ll]ast \w+|\w+day)(?: was| is) )(?:my|the) (?:very )?first day "
     rf"(?:of work )?"
                  rf"(?:at|with) {_NEW}", r"I started working at \g<new> \g<day>"),
    ("first day", rf"(?:(?:my|it's my|it was my) )?\b[Ff]irst day (?:of work )?(?:at|with) {_NEW}(?: (?:was|is)(?= ))?",
     r"I started working at \g<new>"),
    ("last day", r"\b(?:(?P<day>today|yesterday|[Ll]ast \w+|\w+day)(?: was| is) )(?:my|the) (?:very )?last day "
     r"(?:of work )?"
                 rf"(?:at|with) {_NEW}", rf"{_LEAVING} \g<new> \g<day>"),
    ("last day", rf"(?:(?:my|it was my|had my|I had my) )\b[Ll]ast day (?:of work )?(?:at|with) {_NEW}(?: was(?= ))?",
     rf"{_LEAVING} \g<new>"),
    ("fired sacked laid dismissed let", rf"{_NEW}{_HAVE} (?:fired|sacked|dismissed|let|laid) me(?: go| off)?\b",
     r"I was fired from \g<new>"),
    ("hired employ took on headhunt poach",
     rf"{_NEW}{_HAVE} (?:hired|employed|took|headhunted|poached|taken) me(?: on)?", r"I was hired by \g<new>"),
    ("gave made promoted appoint put named",
     r"\b(?:they|They|my boss|My boss|the company|the board|work)(?:'ve| have|'s| has)?(?: just| now| finally)?"
     r" (?:made|promoted|appointed|named)(?: me)(?: to| as| into)?(?: the| an?| their| our)? (?:new )?(?=[a-z])",
     "I was promoted to "),
    ("appointed named elected made", r"\bI(?:'ve been|'m| was| have been| got)(?: just| now| recently)? "
     r"(?:appointed|named"
     r"|elected|made)(?: as)?(?: the| an?)? (?:new )?(?=[a-z])(?!redundant)", "I was promoted to "),
    ("living", r"\bI (?:now )?(?:earn|make) (?:my|a) living (?:now )?as (?=\w)", "I work as "),
    ("living", r"\bI (?:earned|made) (?:my|a) living as (?=\w)", "I worked as "),
    ("being", r"\bretired from being\b", "stopped being"),
    ("job as", r"\b(?:left|quit|gave up|lost|resigned from) my (?:old |former |last )?(?:job|position|role|work)"
     r" as (?=an?\b)",
     "stopped being "),
    ("taken on", r"\bI(?:'ve been| was| have been| got) taken on (?:by|at) (?=[A-Z]|the )", "I was hired by "),
    ("employee", rf"\bI(?:'m| am) (?:now )?an? {_NEW} employee\b", r"I work at \g<new>"),
    ("trade training profession",
     r"\b(?:by (?:trade|profession|training|occupation),? )I(?:'m| am)\b", "I'm"),
    ("trade training profession", r"(?<=[a-z]) by (?:trade|profession|training|occupation)\b", ""),
    ("switched changed swapped",
     r"\bI(?:'ve| have)? (?:just |recently )?(?:switched|changed|swapped) (?:careers?|professions?|fields?|jobs?) "
     r"(?:and|,) *"
     r"(?=I|now)", ""),
    ("role position job post", r"\bI(?:'ve| have)?(?: just| recently)?(?: got| gotten| have| found| taken| took|"
     r" started)"
     r" (?:an?|my) (?:new |great )?(?:role|position|post|job) as ", "I started a job as "),
    ("gig role position post", r"(?<=[Ii] )(?P<verb>started|got|landed|found|took|accepted) (?:an?|my) (?:new |great )?"
     r"(?:gig|post|placement|role|position) (?=(?:at|with) [A-Z])", r"got a job "),
    ("employer workplace company boss", rf"^{_NEW} is (?:now )?my (?:new |current )?(?:employer|workplace|company)"
     rf"{_TAIL}", r"I work at \g<new>"),
    ("job", rf"\b[Mm]y (?:new |current |present |day |main )?job is (?:now )?(?:at|with) {_NEW}", r"I work at \g<new>"),
    ("job", rf"\b[Mm]y (?:last|previous|old|former) (?:job|position|role) was (?:at|with) {_OLD}", r"I used to wor"
     r"k at \g<old>"),
    ("job", rf"\b[Mm]y job (?:at|with) {_NEW} (?:ended|is over|is done|finished)", rf"{_LEAVING} \g<new>"),
    ("parted ways bid farewell said goodbye", rf"\bI(?:'ve| have)?(?: just)? (?:parted ways with|(?:said|bid"
     rf"|waved) (?:goodbye"
     rf"|farewell) to) {_OLD}", r"I left \g<old>"),
    ("job trade occupation work profession",
     r"\b[Mm]y (?:new |current )?(?:trade|line of work|day job|calling|vocation) is\b", "My profession is"),
    # what is liked best
    ("favo go-to number preferred top", r"\b(?P<whose>[Mm]y|[A-Z]\w+(?: [A-Z]\w+)?'s) (?:(?:new|current"
     r"|usual|all-time|absolute)"
     r" )*(?:go-to|number one|preferred|top|fave|fav|favou?rite|usual) (?P<noun>[a-z]+(?: [a-z]+)?)(?= (?:is|used"
     r"|has|isn't|was"
     r"|changed|these))", r"\g<whose> favorite \g<noun>"),
    ("of choice", r"\b(?P<whose>[Mm]y|[A-Z]\w+(?: [A-Z]\w+)?'s) (?:new |current )?(?P<noun>[a-z]+) of choice\b",
     r"\g<whose> favorite \g<noun>"),
    ("best most", r"^[Tt]he (?P<noun>[a-z]+(?: [a-z]+)?) (?:that )?I (?:now )?(?:like|love|enjoy)(?: the)? (?:best"
     r"|most) is (?:now )?",
     r"My favorite \g<noun> is "),
    ("best most", r"^(?P<what>[A-Z][\w' -]{1,40}?) is (?:now )?the (?P<noun>[a-z]+(?: [a-z]+)?) (?:that )?I (?:now"
     r" )?(?:like|love|enjoy)"
     r"(?: the)? (?:best|most)\b", r"\g<what> is my favorite \g<noun>"),
    ("thing to", r"\b[Mm]y favou?rite thing to drink (?=is|was|has|used|isn't)", "My favorite drink "),
    ("replaced taken overtaken", r"^(?P<what>[A-Z][\w' -]{1,40}?) (?:has |have |'s )?(?:replaced|overtaken|taken"
     r" over from) (?P<old>"
     r"[a-zA-Z][\w' -]{1,40}?) as my (?:new )?(?P<noun>favou?rite [a-z]+)", r"my \g<noun> changed from \g<old> to"
     r" \g<what>"),
    ("taste tastes", r"^(?:[Mm]y tastes? (?:has|have) changed|[Tt]astes change)[,:;–—] *(?=my)", ""),
    ("if", r"^(?i:if I (?:have|had) to (?:name|pick|choose|say) (?:an?|my|one) favou?rite) (?P<noun>[a-z]+),? "
     r"(?:it's|it is|it'd be|it would"
     r" be|I'd say|I'd pick|I'd choose) ", r"My favorite \g<noun> is "),
    ("used to", r"^I used to (?:love|like|prefer) [^,;:.!?]{2,40}? (?:most|best|more),? (?:but )?(?:now )?", ""),
    ("can't stand", r"\bI can(?:'t|not) (?:stand|bear) (?P<old>[a-z][^,;:.!?]{1,30}?) (?:any ?more|any longer)\b",
     r"I'm over \g<old>"),
    ("liked loved", r"\bI (?:liked|loved|enjoyed) (?P<what>[\w' -]{2,40}?) (?:the )?(?:best|most)(?: of| among|"
     r" out of)?(?: all)?"
     r"(?: the)? (?P<noun>[a-z]+?)s\b", r"My favorite \g<noun> was \g<what>"),
    ("best most above all", r"\bI (?:now |still )?(?:like|love|enjoy) (?P<what>[\w' -]{2,40}?) (?:the )?(?:best"
     r"|most|above)(?: of| among| out of)?(?: all)?"
     r"(?: the)? (?P<noun>[a-z]+?)s\b", r"My favorite \g<noun> is \g<what>"),
    ("any other", r"\bI (?:now |still )?(?:prefer|like|love) (?P<what>[\w' -]{2,40}?) (?:to|over|more than) any"
     r" other (?P<noun>[a-z]+)\b",
     r"My favorite \g<noun> is \g<what>"),
    ("of all", r"^(?:[Oo]f|[Aa]mong) all (?:the )?(?P<noun>[a-z]+?)s,? I (?:now |still )?(?:like|love|enjoy"
     r"|prefer) (?P<what>[\w' -]{2,40}?)"
     r"(?: the)?(?: best| most)?$", r"My favorite \g<noun> is \g<what>"),
    ("better", r"(?i:\bfor me,? |^)there(?: is|'s) no better (?P<noun>[a-z]+) than (?P<what>[\w' -]{2,40})$",
     r"My favorite \g<noun> is \g<what>"),
    # a day out
    ("outing trip visit excursion tour stop", rf"(?i:^(?P<day>today|yesterday)'s (?:little |big |short )?(?:outing"
     rf"|trip|visit|excursion|tour|stop|destination)) "
     rf"(?:was|is) (?:to |at |in )?{_NEW}", r"I went to \g<new> \g<day>"),
    ("visit trip excursion", rf"\b[Mm]y (?:visit|trip|excursion|outing) to {_NEW} was", r"I went to \g<new>"),
    ("resident inhabitant", rf"\bI(?P<be>'m| am| was) (?:now |still )?(?:an? |the )?(?:proud )?(?:resident"
     rf"|inhabitant|citizen) of {_NEW}",
     r"I\g<be> living in \g<new>"),
    ("year", r"^(?P<year>(?:19|20)\d\d) was (?:the year )?(?:when |that |in which )?(?=I\b)", r"In \g<year> "),
    ("after", r"^After [^;:.!?]{2,50}?,? (?=(?:I|[Ww]e)\b)", ""),
    ("in during", r"^(?P<what>[Mm]y [^,;:.!?]{2,40}?) (?P<when>(?:back )?(?:in|during) (?:[A-Z][a-z]+ )?(?:19"
     r"|20)\d\d) (?P<be>was|is) ",
     r"\g<when> \g<what> \g<be> "),
    # home
    ("home", rf"(?:^|(?<=[,;] ))[Hh]ome (?:for me )?(?:is|has been)(?: now| currently)? (?:in )?{_NEW}",
     r"I live in \g<new>"),
    ("home", rf"(?:^|(?<=[,;] )){_NEW} is (?:now |currently )?(?:my |our )?(?:new )?home\b", r"I live in \g<new>"),
    ("home", rf"(?:^|(?<=[,;] )){_NEW} (?:has been|'s been) (?:my |our )?home\b", r"I've lived in \g<new>"),
    ("home", rf"\bI (?:now )?call {_NEW} (?:my )?home\b", r"I live in \g<new>"),
    ("home", rf"\b[Mm]y home (?P<be>is|was) (?:now |still )?(?:in )?{_NEW}", r"My home \g<be> in \g<new>"),
    ("living", rf"\bI (?:love|enjoy|like|hate|miss not) living in {_NEW}", r"I live in \g<new>"),
    ("packed upped sold", r"\bI(?:'ve| have)?(?: just| finally)? (?:packed up|upped sticks|packed my bags),? and "
     r"(?=left|moved)",
     "I "),
    ("said swapped traded exchanged",
     rf"\bI(?:'ve| have)?(?: just| recently)? (?:swapped|traded|exchanged) {_OLD} for {_NEW}(?= *(?:$|[\x01.!,]))",
     r"I left \g<old> for \g<new>"),
    # people
    ("split broke", rf"^{_NEW} and I(?:'ve| have)? (?:split up|broke up|broken up|split|separated)\b",
     r"I broke up with \g<new>"),
    ("married", rf"^{_NEW} and I(?:'ve| have)? (?:got |gotten |are |were )?married\b", r"I married \g<new>"),
    ("born", r"\b(?P<who>I) was born (?:on )?(?=\d|[A-Z]\w+ \d)", "My birthday is "),
    ("called name", r"\b(?P<who>[Mm]y (?:husband|wife|boyfriend|girlfriend|partner|boss|manager|landlord|dog|cat"
     r"|fianc[eé]e?))"
     r"(?:'s name is| is called| is named)\b", r"\g<who> is"),
    # former values
    ("previous former old last ex-", rf"\b(?P<whose>[Mm]y|{NAME}'s) (?:previous|former|old|last|ex-?) ?"
     rf"(?P<noun>phone number"
     rf"|number|phone|car|employer|boss|manager|job|address|email|favou?rite \w+|landlord|home|profession) (?:is"
     rf"|was) (?!in\b|at\b"
     r"|so\b|very\b|really\b|too\b)", r"\g<whose> \g<noun> used to be "),
    # projects
    ("deadline", rf"(?:[Tt]here is|[Tt]here's|[Tt]here isn't|[Tt]here is not|we have|We have) (?:no|any|a) (?:more )?"
     rf"(?P<noun>deadline|due date|budget) for (?P<who>(?:the )?{NAME}){_TAIL}", r"\g<who> no longer has a \g<noun>"),
    ("deadline", rf"\b(?:[Tt]he deadline (?:for|of) (?P<who>(?:the )?{NAME})) (?:has been |was |is |got |'s been"
     rf" )?(?:dropped|lifted"
     r"|removed|scrapped|cancelled|canceled|gone|off)\b(?! to)", r"\g<who> no longer has a deadline"),
    ("deadline", rf"(?P<who>{NAME})'s deadline (?:has been |was |is |got )?(?:dropped|lifted|removed|scrapped|cancelled"
     r"|canceled|gone|off)\b(?! to)", r"\g<who> no longer has a deadline"),
    ("deadline due date", rf"\b(?:they|we|They|We|I)(?:'ve| have)? (?P<how>extended|moved|pushed|pushed back"
     rf"|postponed|set|changed|shifted"
     rf"|brought forward) (?:back )?(?:the (?P<noun>deadline|due date) (?:for|of) (?P<who>(?:the )?{NAME})) "
     rf"(?:back |out )?to ",
     r"The \g<noun> of \g<who> was moved to "),
    ("deadline due date", rf"\b(?:they|we|They|We|I)(?:'ve| have)? (?:extended|moved|pushed|pushed back|postponed"
     rf"|set|changed|shifted"
     rf"|brought forward) (?P<who>(?:the )?{NAME})'s (?P<noun>deadline|due date) (?:back |out )?to ",
     r"The \g<noun> of \g<who> was moved to "),
    ("by", rf"(?P<who>(?:[Tt]he )?{NAME}) (?:(?:now )?(?:has|needs|is)(?: got)? to be|(?:must|should)(?: now)? be"
     rf"|is(?: now)?"
     rf" to be) "
     r"(?:done|finished|ready|completed|delivered|complete|live|out|shipped|submitted|in)(?: now)? by ",
     r"\g<who> is due by "),
    ("by", rf"(?P<who>(?:[Tt]he )?{NAME}) needs to be (?:done|finished|ready|completed|delivered|shipped"
     rf"|submitted) by ",
     r"\g<who> is due by "),
    ("deadline", rf"(?P<who>{NAME}) (?:now )?has (?:a |the )?(?:new )?deadline (?:of|on) ", r"\g<who>'s deadline is "),
    ("paused put froze froz shelv cancel approv reject delay postpon suspend archiv scrap halt drop resum launch"
     " ship releas clos"
     " finish complet abandon block",
     rf"(?:^|(?<=[,;] ))(?:[Tt]hey|[Ww]e|[Tt]he (?:team|board|client|company|committee|management)|[Mm]anagement)"
     rf"(?:'ve| have| has)?"
     rf"(?: just| now| finally| officially)? (?P<what>paused|shelved|cancelled|canceled|approved|rejected|delayed"
     rf"|postponed"
     rf"|suspended|archived|scrapped|halted|dropped|launched|shipped|released|closed|finished|completed|abandoned"
     rf"|blocked)"
     rf" (?P<who>(?:the )?{NAME})(?= *(?:$|[\x01,.!;]| now| today| yesterday| last| for| until| in ))",
     r"\g<who> has been \g<what>"),
    ("put", rf"(?:^|(?<=[,;] ))(?:[Tt]hey|[Ww]e|[Tt]he (?:team|board|client|company)|[Mm]anagement)(?:'ve| have|"
     rf" has)?(?: just| now)?"
     rf" put (?P<who>(?:the )?{NAME}) (?=on (?:hold|ice|pause))", r"\g<who> has been "),
    # a past and a present in one breath
    ("used to be was", r"^(?P<what>[^,;:.!?]{3,60}?) (?:used to be|was) (?P<old>[^,;:.!?]{2,40}?),? (?:but |and )?"
     r"(?:(?:now it's|it's now|it is now"
     r"|now it is|these days it's|nowadays it's|is now|now)) (?P<new>[^,;:.!?]{2,60})$",
     r"\g<what> used to be \g<old>; \g<what> is \g<new>"),
    ("used to be was", r"^(?P<what>[^,;:.!?]{3,60}?) is (?:now )?(?P<new>[^,;:.!?]{2,40}?)(?: now)?[,;–—-]+ ?(?:it"
     r" |which |but )"
     r"(?:used to be|was) (?P<old>[^,;:.!?]{2,60})$", r"\g<what> used to be \g<old>; \g<what> is \g<new>"),
    ("year spent 19 20", rf"\b(?P<who>I|[Ww]e) (?:spent|was|were)(?: all of| most of| the whole of)? (?P<year>"
     rf"(?:19|20)\d\d) (?:living )?"
     rf"in {_NEW}", r"\g<who> lived in \g<new> in \g<year>"),
    ("year spent 19 20", rf"\b(?P<who>I|[Ww]e) spent(?: all of| most of| the whole of)? (?P<year>(?:19|20)\d\d) "
     rf"(?:working )?(?:at|with"
     rf"|for) {_NEW}", r"\g<who> worked at \g<new> in \g<year>"),
    ("between", r"\bbetween (?P<one>(?:[A-Z][a-z]+ )?(?:19|20)\d\d) and (?P<two>(?:[A-Z][a-z]+ )?(?:19|20)\d\d)",
     r"from \g<one> to \g<two>"),
    ("before prior", r"\b(?i:before|prior to) (?:that|then|this),? (?=(?:I|my|[Ww]e|he|she)\b)", "previously "),
    ("at", rf"\b(?P<who>[Mm]y|{NAME}'s) (?P<noun>(?:new |current )?(?:boss|manager|supervisor|colleague)) at "
     rf"(?:the )?{NAME} (?=is\b)",
     r"\g<who> \g<noun> "),
    ("before prior", rf"^(?:[Bb]efore|[Pp]rior to) (?:(?:the |my |joining |moving to |becoming an? )?{NAME}|th"
     rf"(?:is|at)(?: \w+)?|then),?"
     r" (?=(?:I|my|[Ww]e)\b)", "previously "),
    # asides
    ("who", rf"^(?P<who>(?:[Mm]y {NOUNS}|{NAME})), who (?P<one>[^,;:.!?]{{4,60}}), (?P<two>[^,;:.!?]{{4,80}})$",
     r"\g<who> \g<one>; \g<who> \g<two>"),
    (",", rf"^(?P<who>(?:[Mm]y {NOUNS}|{NAME})), (?:an?|my|the) [^,;:.!?]{{3,40}}, (?=(?:is|has|was|lives?|works?"
     rf"|drives?|moved|left"
     r"|joined|got|started|quit|owns|plays|speaks|studies)\b)", r"\g<who> "),
    # one thing and not the other
    ("due scheduled planned based", rf"^(?P<what>[^,;:.!?]{{3,60}}?) {_NEG} (?P<how>due|scheduled|planned|based) "
     rf"(?P<at>on|for|in|by|at) (?P<old>[^,;:.!?]"
     rf"{{2,40}}?){_TAIL},? but (?:now |rather )?(?:on|for|in|by|at) (?P<new>[^,;:.!?]{{2,60}})$",
     r"\g<what> \g<neg> \g<how> \g<at> \g<old>; \g<what> is \g<how> \g<at> \g<new>"),
    ("n't no not", rf"^(?P<what>[^,;:.!?]{{3,60}}?) {_NEG} (?P<old>[^,;:.!?]{{2,40}}?){_TAIL},? but(?: rather| now)? "
     r"(?P<new>[^,;:.!?]{2,60})$", r"\g<what> \g<neg> \g<old>; \g<what> is \g<new>"),
    ("n't no not", rf"^(?P<what>[^,;:.!?]{{3,60}}?) {_NEG} (?P<old>[^,;:.!?]{{2,40}}?){_TAIL}[,;–—-]+ ?(?:now )?"
     rf"(?:it's|it is|it has"
     r" become) (?:now )?(?P<new>[^,;:.!?]{2,60})$", r"\g<what> \g<neg> \g<old>; \g<what> is \g<new>"),
    ("instead", rf"^[Ii]nstead of {NAME},? (?=I\b)", ""),
    ("not", rf"(?:, (?:and |but )?| and | but )not (?:in |at |with |for )?(?P<old>{NAME}|\d[\d -]{{3,20}})(?: any"
     rf" ?more)?$", ""),
)  # fmt: skip


@cache
def _table() -> tuple[tuple[frozenset[str], re.Pattern[str], str], ...]:
    """Made at the first text: a command that reads none need not wait for it."""
    return tuple((frozenset(hints.split()), re.compile(body), template) for hints, body, template in _RULES)


_MOST = 400  #: characters; a rule may say a subject twice


def restated(sentence: str) -> str:
    """The sentence with each turn said plainly; the same where there is none. O(len(sentence)) a rule."""
    plain = sentence.rstrip(" .!")
    tail, sentence = sentence[len(plain) :], plain
    low = sentence.lower()
    for hints, pattern, template in _table():
        for hint in hints:
            if hint in low:
                sentence = pattern.sub(template, sentence, count=1)
                break
    return f"{sentence}{tail}"[:_MOST]
