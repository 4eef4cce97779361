"""Find Chinese names of persons and organisations by rules; no model, no list but that of common surnames.

Chinese has no capitals: a person is a common surname with one or two characters between a boundary and a word that
only a person takes; an organisation is what ends in a word for one, back to the nearest function character.
"""

from __future__ import annotations

import re

from memos_graph.engines.naming import HAN as _HAN

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴"
    "莫孔向汤"
)
_FUNCTION = "的了在是与和及由从到向对被把于为将入等该这那其一不也都就而或且我你他她它们着过给让跟同至以并又还"
_PERSON = re.compile(
    rf"(?:(?<=[{_FUNCTION}、，。；：！？“”（）])|(?<![{_HAN}]))"
    rf"(?P<person>(?:欧阳|司马|上官|诸葛|[{_SURNAMES}])(?:(?![{_FUNCTION}地得])[{_HAN}]){{1,2}}?)"
    r"(?=先生|女士|小姐|教授|博士|老师|医生|主任|经理|总裁|董事|院长|校长|部长|书记|主席|总统|同志|工程师|说|表示|认为|指出|告诉|回答|问道|签字|签署|出生|毕业|担任)"
)
_ENDS = (
    r"有限责任公司|股份有限公司|有限公司|集团公司|分公司|公司|集团|大学|学院|银行|研究院|研究所|医院|委员会|协会"
    r"|基金会|法院|博物馆|图书馆|出版社"
)
_ORGANISATION = re.compile(
    rf"(?:(?<=[{_FUNCTION}])|(?<![{_HAN}]))(?P<org>(?:(?![{_FUNCTION}])[{_HAN}]){{2,10}}?"
    rf"(?:{_ENDS})"
    rf"|(?:世界|国际|联合国|欧洲|亚洲|非洲|北大西洋)(?:(?![{_FUNCTION}])[{_HAN}]){{1,8}}?组织)"
)
_ORGANISED = re.compile(rf"[{_HAN}]{{2}}(?:{_ENDS}|组织)$")
_IN_WORD = re.compile(rf"(?![{_FUNCTION}说])[{_HAN}]")
# words that an organisation's bare noun stands with when it is nobody's name: "本公司", "各大学"
_NOBODY = re.compile(r"[本该某各此贵两几每另全新老大小原]{1,2}(?:公司|集团|大学|学院|银行|医院|委员会|协会|法院)")


# words that begin like a surname
_NO_PERSON = frozenset((
    "高兴", "高度", "高级", "方便", "方面", "方法", "方案", "方式", "白天", "金额", "金融", "石油",
    "马上", "王国", "万一", "任何", "任务", "江南", "黄金", "史上", "严重", "毛病", "钱包", "程序",
    "程度", "常常", "时间", "时候", "顾客", "白领", "周围", "周末", "周年", "范围", "夏天", "雷达",
    "文章", "陆续", "万分", "汤圆", "安全", "许多", "何时", "何人", "谢谢", "龙头",
))  # fmt: skip


def is_organisation(name: str) -> bool:
    """Whether `name` ends as names of organisations do."""
    return _ORGANISED.search(name) is not None


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the words around text[start:end] end there: at its edges, a sign, or a character that only joins."""
    return not (_IN_WORD.match(text, start - 1) if start else None) and _IN_WORD.match(text, end) is None


def chinese_names(text: str) -> list[tuple[int, int]]:
    """Spans of names; persons in order, then organisations in order. Spans may overlap. O(text)."""
    out = []
    for pattern, group in ((_PERSON, "person"), (_ORGANISATION, "org")):
        for match in pattern.finditer(text):
            if match.group(group) not in _NO_PERSON and _NOBODY.fullmatch(match.group(group)) is None:
                out.append(match.span(group))
    return out
