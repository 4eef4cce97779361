"""Simple claims in Chinese: where somebody lives and works, names, ages, likes, and "X 的 Y 是 Z".

Declines to know most of what Chinese can say; a sentence with 如果, 吗, 可能, 说 claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from memos_graph.engines.claims.attributes import is_single
from memos_graph.engines.claims.claim import Claim, Kind, subject_key
from memos_graph.engines.claims.times import Told

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_VALUE = rf"(?P<value>[{_HAN}A-Za-z0-9 .·-]{{1,24}}?)"
_DOUBT = re.compile(r"如果|要是|假如|吗|呢|可能|也许|大概|听说|据说|希望|想要|打算|以为|觉得|应该|说[：:“]|[?？]")
_WHO = rf"(?P<who>我|(?:(?![我你他她它这那不在的住搬叫已现])[{_HAN}]){{2,4}}?|[A-Z][A-Za-z]{{1,20}})"
_LEAD = rf"(?:^|(?<=[，。；！、\s]))(?:[^，。；！{_HAN}]{{0,3}})"
_END = r"(?=[，。；！,.;!\s]|了|$)"
_RULES: tuple[tuple[str, str, bool], ...] = (
    (rf"(?:现在|目前|一直)?(?:住在|居住在){_VALUE}{_END}", "lives in", True),
    (rf"(?:已经|刚|刚刚)?搬(?:家)?到了?{_VALUE}{_END}", "lives in", True),
    (rf"(?:已经)?(?:不再|不)(?:住在|居住在){_VALUE}{_END}", "lives in", False),
    (rf"(?:现在|目前)?在{_VALUE}(?:工作|上班){_END}", "works at", True),
    (rf"(?:已经)?(?:不再|不)在{_VALUE}(?:工作|上班){_END}", "works at", False),
    (rf"(?:离开了|从){_VALUE}(?:辞职|离职){_END}", "works at", False),
    (rf"(?:名叫|叫做|的名字叫|的名字是){_VALUE}{_END}", "name", True),
    (r"今年(?P<value>\d{1,3})岁", "age", True),
    (rf"(?:很|最|非常)?喜欢{_VALUE}{_END}", "likes", True),
    (rf"(?:不再|不)喜欢{_VALUE}{_END}", "likes", False),
    (rf"(?:对){_VALUE}过敏", "allergic to", True),
)


@cache
def _table() -> tuple[tuple[re.Pattern[str], str, bool], ...]:
    return tuple((re.compile(_LEAD + _WHO + body), attribute, holds) for body, attribute, holds in _RULES)


_OWNED = re.compile(
    rf"{_LEAD}{_WHO}的(?P<noun>经理|老板|电话|电话号码|手机号|邮箱|地址|生日|密码|职业"
    rf"|价格|妻子|丈夫|老师|名字|状态)(?:现在)?(?:是|为)(?P<not>不是)?{_VALUE}{_END}"
)
_NOUNS = {
    "经理": "manager", "老板": "manager", "电话": "phone", "电话号码": "phone", "手机号": "phone", "邮箱": "email",
    "地址": "address", "生日": "birthday", "密码": "password", "职业": "job", "价格": "price", "妻子": "spouse",
    "丈夫": "spouse", "老师": "teacher", "名字": "name", "状态": "status",
}  # fmt: skip


def chinese_claims(sentence: str, speaker: str, told: Sequence[Told]) -> Iterator[Claim]:
    """The claims of a sentence by the table of rules. O(len(sentence)) a rule."""
    if _DOUBT.search(sentence):
        return
    words = sentence
    for one in told:
        words = words[: one.begins] + " " * (one.ends - one.begins) + words[one.ends :]
    words = re.sub(r"(?<=我) +", "", words)
    for pattern, attribute, holds in _table():
        for match in pattern.finditer(words):
            claim = _claim(match, match["value"], attribute, holds, speaker, told)
            if claim is not None:
                yield claim
    for match in _OWNED.finditer(words):
        claim = _claim(match, match["value"], _NOUNS[match["noun"]], True, speaker, told)
        if claim is not None:
            yield claim


def _claim(match: re.Match[str], value: str, attribute: str, holds: bool, speaker: str,
           told: Sequence[Told]) -> Claim | None:  # fmt: skip
    name = speaker if match["who"] == "我" else match["who"]
    value = value.strip()
    if not name or not value or name[0] in "他她它这那你您谁不" or value[0] in "他她它这那你您":
        return None
    since = told[0].start if len(told) == 1 else None
    kind: Kind = "state"
    return Claim(
        subject=subject_key(name), name=name, attribute=attribute, value=value, polarity=holds, kind=kind,
        single=is_single(attribute), since=since, span=(match.start(), match.end()),
    )  # fmt: skip
