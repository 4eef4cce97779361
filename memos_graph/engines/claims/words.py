"""Words and patterns that rules of claims share: names, noun phrases, what ends one, nouns of relation and trade.

Data, and the cutting of a value. English.
"""

from __future__ import annotations

import re

from memos_graph.engines.claims.listed import phrases, words
from memos_graph.engines.claims.times import HIDDEN
from memos_graph.engines.common_words import CALENDAR, COMMON

_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĻŁŃŅŇŌŐŒŘŚŞŠŢŤŪŮŰŲŹŻŽΑ-ΩА-Я"
_WORD = rf"[{_UP}][\w&-]{{0,30}}(?:'(?!s\b)\w{{1,20}})?"
#: a proper name: up to six words with capitals
NAME = rf"{_WORD}(?: (?:(?:of|the|de|van|von|der|la|del|da|&) ){{0,2}}(?:{_WORD}|\d{{1,4}}\b)){{0,5}}"
NOUN = r"[a-z][\w-]{1,25}"
#: an attribute's noun, one to three words
NOUNS = rf"{NOUN}(?: {NOUN}){{0,2}}"
AMOUNT = (
    r"[$€£¥]\s?\d[\d,.]{0,15}(?: ?(?:k|m|bn|thousand|million|billion))?(?: (?:per|a|an) \w{1,15})?"
    r"|-?\d[\d,.]{0,15}(?: ?(?:%|percent|°[CF]|[a-zA-Zµ€£$]{1,15}))?(?: ?(?:per \w{1,15}|/ ?\w{1,10}))?"
)
CLOCK = r"(?:\d{1,2}:\d\d(?: ?[ap]\.?m\b)?|\d{1,2} ?[ap]\.?m\b|\d{1,2} o'clock|noon|midnight)"
DATE = rf"{HIDDEN}{{3,60}}"

_STOPS = re.compile(
    r"\s+(?:and|but|because|so|which|who|whom|that|when|where|while|since|for|with|without|at|in|on|to|from|as|though"
    r"|although|if|after|before|too|now|anymore|any more|these days|again|any longer|instead|then|or|than|over|than"
    r"|is|are|was|were|has|have|had|will|lol|haha|by|about|during|right now|at the moment|of course|already|currently"
    r"|also)\b"
    rf"|\s*[{HIDDEN}]|\s+[-–—(]"
)
_CLAUSE = re.compile(
    r"\s+(?:and|but|because|so|which|who|that|when|where|while|since|though|although|if|after|before|too|now|anymore"
    rf"|any more|these days|again|then|or|right now|at the moment|of course|is|are|was|were|as)\b|\s*[{HIDDEN}]"
    rf"|\s+[-–—(]"
)
_ENDS = re.compile(r"[\s.,;:!?\"()\[\]{}*_~<>|]+$")
_NEVER = words(
    """
    it this that these those them him her you me us how what when why who whom whether there here to one ones
    some any something anything nothing everything someone anyone everyone all both much many more most i we
    they he she your his their its our not so such very too being having getting seeing hearing thinking talking
    working
    """
)
RELATIONS = words(
    """
    manager boss supervisor mentor assistant wife husband spouse partner girlfriend boyfriend fiance fiancé
    fiancee mother father mom mum dad sister brother son daughter cousin aunt uncle niece nephew grandmother
    grandfather grandma grandpa friend roommate flatmate neighbor neighbour colleague coworker dog cat pet
    doctor dentist lawyer landlord teacher coach tutor therapist accountant owner leader lead head chief captain
    director president ceo cto cfo founder editor author chair chairman secretary treasurer sponsor client
    supplier employer school university company team
    """
)
#: of them those that are people; and more of these
PERSONS = (RELATIONS - words("dog cat pet employer school university company team")) | words(
    """
    parents kids children siblings grandparents twins ex ex-husband ex-wife ex-boyfriend ex-girlfriend housemate
    stepfather stepmother stepson stepdaughter stepbrother stepsister half-brother half-sister godfather godmother
    grandson granddaughter mother-in-law father-in-law brother-in-law sister-in-law in-laws buddy pal mate child kid
    """
)
PLAIN = phrases(
    """
    phone number | phone | number | mobile | mobile number | telephone | email | e-mail | email address | e-mail
    address | address | birthday | date of birth | age | name | nickname | job | job title | occupation |
    profession | hometown | nationality | password | username | price | cost | budget | deadline | due date |
    status | color | colour | size | capacity | version | height | weight | length | width | population |
    capital | salary | rent | location | office | room | room number | desk | seat | department | team | role |
    title | rank | grade | score | blood type | shoe size | passport number | account number | order number |
    serial number | license plate | extension | pin | code | currency | language | native language | mother
    tongue | time zone | timezone | opening time | closing time | start date | end date | launch date | release
    date | priority | severity | category | genre | brand | model | diet | religion | major | sign | zodiac sign
    | employer | speed | temperature | power | voltage | diameter | depth | area | altitude | headquarters |
    website | url | domain | port
    """
)
TRADES = words(
    """
    beekeeper blacksmith brewer cobbler cartographer composer conductor dispatcher diver fisherman forester glazier
    goldsmith joiner lifeguard midwife milliner paralegal plasterer ranger saddler sculptor shepherd sommelier
    stonemason
    thatcher tiler undertaker upholsterer watchmaker weaver
    accountant actor actress analyst architect artist author baker banker barber barista bartender biologist
    butcher carpenter cashier chef chemist cleaner clerk coach consultant cook counselor counsellor curator
    dancer dentist designer detective developer director doctor driver economist editor electrician engineer
    farmer firefighter florist gardener geologist guide hairdresser historian illustrator inspector instructor
    interpreter jeweler journalist judge lawyer lecturer librarian locksmith manager mason mathematician
    mechanic miner musician nurse optician painter paramedic pharmacist photographer physicist physiotherapist
    pilot plumber policeman potter producer professor programmer psychiatrist psychologist receptionist reporter
    researcher roofer sailor scientist sculptor secretary singer social-worker soldier statistician student
    surgeon surveyor tailor teacher technician therapist trader trainer translator tutor vet veterinarian waiter
    waitress welder writer zoologist
    """
)
#: makers of cars: "bought a Saab" says what somebody drives
CARS = words(
    """
    Abarth Acura Alfa Audi BMW Bentley Buick BYD Cadillac Chevrolet Chevy Chrysler Citroen Citroën Cupra Dacia Daihatsu
    Dodge Ferrari Fiat Ford Genesis GMC Honda Hyundai Infiniti Isuzu Jaguar Jeep Kia Lada Lamborghini Lancia Lexus
    Lincoln Lotus Lucid Mazda Mercedes MG Mini Mitsubishi Nissan Opel Peugeot Polestar Porsche Ram Range Renault Rivian
    Rover Saab Seat Skoda Škoda Smart Subaru Suzuki Tata Tesla Toyota Vauxhall Volkswagen Volvo VW
    """
)
STATUSES = phrases(
    """
    planned | running | testing | in testing | in review | launched | shipped | stopped | started | on ice |
    in planning |
    open | closed | delayed | cancelled | canceled | on hold | on track | done | finished | completed | complete
    | active | inactive | paused | blocked | approved | rejected | pending | in progress | live | offline |
    online | broken | out of order | under review | under repair | under construction | available | unavailable
    | sold out | out of stock | in stock | deprecated | shut down | suspended | archived | overdue | late |
    shelved | scrapped | abandoned | halted | postponed | ongoing | underway | under way | up and running |
    back on track | on pause |
    ahead of schedule | behind schedule | at risk | green | yellow | red | amber | resolved | unresolved |
    operational | decommissioned | retired | out of service | in service | frozen | released
    """
)
#: by their ending: botanist, but no optimist
_CRAFT = re.compile(
    r"(?:(?<!optim)(?<!pessim)(?<!femin)(?<!tour)(?<!rac)(?<!real)(?<!ideal)(?<!perfection)(?<!minimal)(?<!sex)ist"
    r"|smith|wright|keeper|monger|grapher|ologist|ician|maker|blower|builder|cutter|mason|binder)$"
)
MARITAL = frozenset({"single", "married", "divorced", "widowed", "engaged", "separated"})
DIETS = frozenset({"vegetarian", "vegan", "pescatarian", "a vegetarian", "a vegan", "a pescatarian"})
HAD = words(
    """
    dog cat puppy kitten parrot rabbit hamster horse pet car bike bicycle motorcycle boat house flat apartment
    cottage brother sister son daughter twin child kid brothers sisters sons daughters twins children kids dogs
    cats pets horses piano guitar violin degree license licence passport allergy diabetes asthma
    """
)


def is_trade(text: str) -> bool:
    """Whether the words name what people are by trade."""
    words = text.lower().removeprefix("a ").removeprefix("an ").split()
    return bool(words) and len(words) <= 3 and (words[-1] in TRADES or _CRAFT.search(words[-1]) is not None)


def is_car(text: str) -> bool:
    """Whether the words name a car by its maker."""
    found = text.split()
    return any(word in CARS for word in found[:3])


def phrase(text: str, most: int = 6) -> str:
    """The noun phrase that `text` begins with, up to the word that ends one; "" for a pronoun, or for none."""
    return _checked(text, _STOPS.search(f" {text}"), most)


def doing(text: str, most: int = 9) -> str:
    """As `phrase`, of what somebody does: "going on road trips" keeps what it is done to, with and where."""
    return _checked(text, _CLAUSE.search(f" {text}"), most)


def _checked(text: str, cut: re.Match[str] | None, most: int) -> str:
    found = _ENDS.sub("", text[: cut.start() - 1 if cut.start() else 0] if cut else text).strip()
    words = found.split()
    if not words or len(words) > most or len(found) > 80:
        return ""
    return "" if words[0].lower().rstrip("'s") in _NEVER or words[0].lower() in _NEVER else found


def is_name(text: str) -> bool:
    """Whether `text`, which begins with a capital, can be the name of something: no "Then", no "Monday"."""
    first = text.split()[0] if text.split() else ""
    lower = first.lower().partition("'")[0]
    if len(text.split()) == 1 and lower.endswith("ing") and len(lower) > 5:  # "Dancing is fun"
        return False
    known = lower in COMMON or lower in CALENDAR
    return bool(first) and (not known or (len(text.split()) > 1 and lower in ("the", "new", "old")))
