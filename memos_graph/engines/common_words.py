"""Words that are no names though they carry a capital: at the start of a sentence, in a heading, in a form of address.

Data only. English function words, openers and nouns of general use; written by hand, from no corpus.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: lower case; taken off both ends of a name, and never a name alone
COMMON = _words(
    """
    a an the this that these those some any each every either neither both all most many much few several other
    another such same no none one two three four five six seven eight nine ten first second third last next former
    latter i me my mine myself you your yours yourself he him his himself she her hers herself it its itself we us
    our ours ourselves they them their theirs themselves who whom whose which what where when why how whoever
    whatever whichever whenever wherever however somebody someone something somewhere anybody anyone anything
    anywhere everybody everyone everything everywhere nobody nothing nowhere and or but nor so yet for if then else
    than because since although though unless until while whereas whether as once lest in on at by with from into
    onto upon of off out over under above below between among amongst through throughout during before after behind
    beside besides beyond near toward towards within without about across against along around despite except inside
    outside per via versus regarding concerning following including like unlike to up down back away here there now
    again already also always almost anyway apparently actually basically certainly clearly consequently currently
    eventually even ever exactly finally formerly fortunately frequently further furthermore generally hence
    historically honestly hopefully indeed initially instead interestingly just lately later likewise mainly maybe
    meanwhile moreover mostly namely naturally nearly never nevertheless nonetheless not note notably obviously
    occasionally often only originally otherwise overall particularly perhaps possibly presumably previously
    primarily probably quite rather really recently respectively seemingly similarly simply sometimes soon
    specifically still subsequently suddenly supposedly surely therefore thereby thereafter thus together today
    tomorrow tonight too totally traditionally truly typically ultimately undoubtedly unfortunately usually very
    yesterday am is are was were be been being do does did done doing have has had having can could will would shall
    should may might must ought let lets get gets got go goes going went come comes came make makes made take takes
    took give given see seen look looks say says said tell told ask asks asked know knows think thinks thought want
    wants need needs try keep put set use used using find found show shown become became seem seems feel feels felt
    call called hey hi hello bye goodbye yes yeah yep yup nope ok okay oh ah aw aww wow woah whoa oops haha hah lol
    omg hmm um uh well sure thanks thank thx please sorry congrats congratulations cheers welcome awesome amazing
    great good nice cool glad happy sad excited sounds absolutely definitely totally exactly right true false wrong
    best better worse worst additional according due given based see cf eg ie etc vs mr mrs ms dear sincerely
    regards own whole sr jr hundreds thousands millions dozens nearly roughly approximately
    """
)

#: lower case; in "New York" and "Big Blue" a part of the name, but no name alone, and seldom a part of one where a
#: sentence begins
ADJECTIVES = _words(
    """
    big small large long short high low early late young old main minor real full free modern recent local different
    important popular similar simple famous current final
    """
)

#: lower case; dates are not names
CALENDAR = _words(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january
    february march april may june july august september october november december jan feb mar apr jun jul aug sep
    sept oct nov dec spring summer autumn fall winter christmas easter morning afternoon evening night noon midnight
    weekend today tomorrow yesterday
    """
)

#: as they are written
WEEKDAYS = frozenset(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))

#: lower case; nouns that documents write with a capital for weight; no name alone, nor two of them together
GENERIC = _words(
    """
    new great open national international global public private common central abstract account acknowledgements act
    action address agenda agreement annex annual answer appendix application article association author authors
    authority bank board book box building bureau business case cases center centre chair chairman chapter chart
    chief city claim class clause code college column comment committee commission company conclusion conclusions
    conference congress constitution contents contract copyright corporation council country county course court
    customer customers data date day days decision definition definitions department description design details
    diagram director discussion district division document documents draft edition editor email employee employees
    engine engineer equation error event example examples exhibit experiment experiments fact family figure figures
    file files fig footnote form foundation fund general goal government governor group guide handbook headquarters
    help history home hotel house idea image industry information input institute internet introduction invoice
    island issue item items job key king lake law lecture level library license line link links list login machine
    mail manager manual map market material media member members menu message method methods minister ministry mode
    model module mom mum mommy dad daddy mother father grandma grandpa grandmother grandfather sister brother uncle
    aunt motivation mountain movie museum music name names network news notes notice number object objective office
    officer operation option order organization organisation output overview owner page pages paper paragraph parent
    park part participants parties party password people person phone photo picture plan plant point policy
    population preface president price prime prince princess problem procedure process product products professor
    profile program programme project proof property purpose queen question questions quote rate reading reason
    record records redbook isbn issn doi retrieved archived reference references region related remark report
    request requirement requirements research result results review river road role roles room row rule rules safety
    sales sample scene schedule school science scope score season secretary section security senate senior server
    service services session shop side sign signature site size society software solution source sources south north
    east west southern northern eastern western special speech staff stage standard start state states statement
    station status step steps store story street strategy student students study subject summary support survey
    system systems table tables target task team technology term terms test tests theorem theory thing things time
    times tip title tool tools topic total town trademark trademarks training tree type university update usage user
    users valve value values version video view village volume war warning water way web website week weeks word
    words work world year years
    """
)

#: with a capital and without a dot; said before a person's name
HONORIFICS = _words(
    """
    Mr Mrs Ms Miss Mx Dr Prof Professor Sir Dame Lord Lady Madam Rev Reverend Fr Capt Captain Col Colonel Gen Maj
    Major Lt Lieutenant Sgt Sergeant Sen Senator Gov Hon Judge Justice Pope Rabbi Imam Saint Uncle Aunt Auntie
    Grandma Grandpa
    """
)

#: an organisation's own noun, behind which "for" belongs to its name
ORGANISATIONS = _words(
    """
    Academy Agency Alliance Association Authority Board Bureau Campaign Center Centre Coalition College Commission
    Committee Conference Council Court Department Directorate Forum Foundation Fund Group Institute Institution
    Laboratory League Ministry Network Office Organisation Organization Partnership Programme Project School
    Secretariat Service Society Trust Union University
    """
)

#: upper case; words that are shouted or abbreviated, not the name of anything
SHOUTED = _words(
    """
    AD AKA ALL AM AND ANY ARE ASAP BC BCE BTW BUT BY CASE CD CE CEO CFO COO CTO DIY DO DOB DONE DVD ELSE END ETA ETC
    FALSE FAQ FOR FROM FYI GET HAS HE HOW HR HTML ID IDK IDS IF II III IIRC IMHO IMO IN INFO INTO IS ISBN ISSN IT IV
    IX JSON LMAO LOL MAX MIN ME MY NA NEW NO NONE NOT NOTE NOW NULL OF OFF OK OMG ON ONE OR OUT PC PDF PIN PM PS RE
    RETURN RSVP SAY SELECT SHE SO SQL TBA TBD THAT THE THEN THIS TIP TO TODO TRUE TV TWO TXT UP URL US USE USED USER
    VI VII VIII VIP VS WARN WAS WE WHEN WHERE WHO WHY WILL WITH WOW WTF XI XII XML XXX YES YOU YOUR
    """
)

#: verbs that a name takes at the start of a sentence, and a common noun without an article seldom does
NAMES_ACT = _words(
    """
    said says told tells asked asks replied answered wrote writes thinks thought believes loves loved likes liked
    wants wanted knows knew met married moved lives lived works worked born signed joined visited argued claimed
    suggested proposed explained admitted invented discovered founded painted composed published studied taught
    graduated died resigned retired who whose
    """
)
