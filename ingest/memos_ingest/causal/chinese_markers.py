"""The Chinese markers of cause and condition.

No word segmentation: each marker of one character brings the characters that must not stand beside it (因 in 因素,
若 in 若干). Confidences are set by hand, in the order in which grammars call the markers sure: no Chinese corpus with
marked causes was there to measure them on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memos_ingest.causal.findings import Relation

_IN = "[^，,。；]"  # one character of a clause
_NOT_YIN = "此为素子特应故缘人材地时循由公之变数式"  # 因 with one of these is another word


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A pattern that holds both spans: groups cause, effect and marker."""

    rule: str
    pattern: re.Pattern[str]
    confidence: float
    relation: Relation = Relation.CAUSES


FRAMES = (
    Frame(
        rule="之所以",
        confidence=0.93,
        pattern=re.compile(
            rf"(?P<effect>{_IN}{{0,20}}?(?P<marker>之所以){_IN}{{2,40}})[，,]\s*(?:主要|就|正|都|也)?(?:是|在于)?(?:因为"
            rf"|由于)?(?P<cause>[^。；]{{2,}})"
        ),
    ),
    Frame(
        rule="原因是",
        confidence=0.88,
        pattern=re.compile(
            rf"(?P<effect>{_IN}{{2,40}}?)的(?P<marker>(?:主要|根本|直接|真正|重要|最大)?(?:原因|起因|诱因|根源)(?:就|正|主要)?(?:是"
            rf"|在于))[，,]?(?P<cause>[^。；]{{2,}})"
        ),
    ),
    Frame(
        rule="是…的原因",
        confidence=0.88,
        pattern=re.compile(
            rf"(?P<cause>[^，,。；的]{{2,30}}?)(?:是|成为|成了)(?P<effect>{_IN}{{2,40}}?)的(?P<marker>(?:一个|一大|主要"
            r"|根本|直接|重要|最大|首要)*(?:原因|诱因|起因|根源))(?=[，,。；！]|$)"
        ),
    ),
    Frame(
        rule="由…引起",
        confidence=0.9,
        pattern=re.compile(
            rf"(?P<effect>{_IN}{{2,40}}?)(?:主要|可能|通常|一般|往往|多|大多|并)?(?:是|系)?(?:由|因)"
            rf"(?P<cause>{_IN}{{2,40}}?)(?P<marker>(?:所)?(?:引起|引发|导致|造成|所致|触发|诱发|促成)的?)(?=[，,。；！]|$)"
        ),
    ),
    Frame(
        rule="引起的",
        confidence=0.85,
        pattern=re.compile(
            rf"(?:由|因)?(?P<cause>{_IN}{{2,30}}?)(?P<marker>(?:所)?(?:引起|引发|导致|造成|带来|诱发)的)"
            rf"(?P<effect>{_IN}{{2,}})"
        ),
    ),
    Frame(
        rule="因…而",
        confidence=0.9,
        pattern=re.compile(
            rf"(?<![原起病诱基成内外死主动肇])(?P<marker>因(?![{_NOT_YIN}]))(?:为)?(?P<cause>{_IN}{{2,24}}?)而"
            rf"(?![且是非已言])(?P<effect>{_IN}{{2,}})"
        ),
    ),
    Frame(
        rule="只有…才",
        confidence=0.88,
        relation=Relation.CONDITION_OF,
        pattern=re.compile(rf"(?P<marker>只有|唯有)(?P<cause>[^。；]{{2,40}}?)[，,]?才(?P<effect>{_IN}{{2,}})"),
    ),
    Frame(
        rule="只要…就",
        confidence=0.88,
        relation=Relation.CONDITION_OF,
        pattern=re.compile(
            rf"(?P<marker>只要|一旦|如果|若(?!干))(?P<cause>{_IN}{{2,30}}?)(?:就|便)(?P<effect>{_IN}{{2,}})"
        ),
    ),
)

#: opens a clause whose comma ends the cause: the effect follows, or went before
BECAUSE = re.compile(
    rf"(?:正|都|就|主要|很?可能|部分|而)?(?:是|系)?正?(?P<marker>因为|由于|鉴于|缘于|因(?![{_NOT_YIN}]))(?=[^，,。；])"
)
#: inside a clause: the effect stands before it
BACK = re.compile(
    r"(?:主要|部分|很大程度上|完全)?(?:是|可)?(?P<marker>因为|由于|缘于|源于|源自|起因于|归因于|归咎于|得益于|归功于)(?=[^，,。；])"
)
CONDITION = re.compile(
    r"(?P<marker>如果(?!说)|若(?![干非无其])是?|假如|假若|倘若|倘使|要是|只要|除非|一旦|万一|但凡)(?=[^，,。；])"
)
#: opens the main clause behind a cause or a condition
THEN = re.compile(r"(?:所以|因此|因而|故而?(?![事意障乡宫人])|于是|那么|那|就|便|则|才|否则)[，,]?")
SO = re.compile(
    r"(?P<marker>因此|因而|所以|故而|从而|以致于?|以至于?|致使|为此|由此|于是|故(?![事意障乡宫人居土去园都地此而])"
    r"|结果(?!显示|表明|是|为|如|发现|说明|证明|出来|公布|不|的|和|与|[，,]))"
)
SO_CONFIDENCE = {
    "因此": 0.9,
    "因而": 0.9,
    "所以": 0.9,
    "故而": 0.88,
    "以致": 0.88,
    "致使": 0.9,
    "于是": 0.78,
    "结果": 0.8,
}
VERB = re.compile(
    r"(?P<marker>(?:导致|造成|引起|引发|致使|使得|促使|招致|酿成|诱发|触发|激起|迫使|催生|加剧"
    r"|(?<![即假促致迫行大天驱倘纵指唆差出公特好])使(?![用命馆节者徒唤劲然臣团领役坏得]))(?:了|过|着)?)(?!的)"
)

#: what leaves the whole sentence open
ASKS = re.compile(
    r"[?？][”’」』）)\s]*$|[吗呢][。！”’」』\s]*$|为什么|为何|什么原因|什么(?:导致|造成|引起)|怎么(?:会|样|办)"
)
OPEN = re.compile(
    r"否认|没有证据|无证据|并无证据|尚不清楚|不清楚|尚未查明|不确定|谣言|传言|误以为|误认为|是否|会不会|调查.{0,8}原因"
)
UNREAL = re.compile(r"当初|早就|本来就?会|要不是|若非|本可以?|本该")
#: before a verb: it did not happen, or was averted
NOT = re.compile(r"(?:不|没|没有|未|未能|未曾|并未|没能|非|避免|防止|以免|以防|免得|预防|杜绝|阻止)[^，,。；的]{0,4}$")
#: before 因为: that was not why
NOT_WHY = re.compile(r"(?:不|不是|并非|不仅仅?是?|绝非|非|不单|不全)(?:完全|主要|单纯|仅仅?)?是?$")
NOT_BUT = re.compile(r"[，,]?\s*(?:并|绝)?(?:不是|非|并非)(?:因为|由于)[^，,。；]{1,40}[，,]而是?$")
MAYBE = re.compile(r"(?:可能|或许|也许|恐怕|有望|或将|恐)[^，,。；]{0,4}$")
THIS = re.compile(
    r"(?:但|而|并|同时|最终|进而|也|又|还|就|便|将|会|已|已经|直接|从而|这|此举|这也|这一\S{1,4}|可能|很可能|极易|容易|严重|大量|或|甚至|由此)*$"
)
