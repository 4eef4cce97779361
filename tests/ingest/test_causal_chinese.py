"""Chinese: sentences of our own, with causes and conditions in them and with words that only look like it."""

from __future__ import annotations

import pytest

from memos_ingest.causal import Relation, causes

# (sentence, words of the cause, words of the effect)
CAUSES = [
    ("因为下雨，比赛取消了。", "下雨", "比赛取消了"),
    ("由于轴承磨损，水泵停止了工作。", "轴承磨损", "水泵停止了工作"),
    ("比赛取消了，因为雨下得太大。", "雨下得太大", "比赛取消了"),
    ("会议推迟，是因为主席生病了。", "主席生病了", "会议推迟"),
    ("这次停电是由于线路老化。", "线路老化", "这次停电"),
    ("长期吸烟会导致肺癌。", "长期吸烟", "肺癌"),
    ("暴雨引发了山体滑坡。", "暴雨", "山体滑坡"),
    ("油价上涨，导致运输成本增加。", "油价上涨", "运输成本增加"),
    ("火灾由电线短路引起。", "电线短路", "火灾"),
    ("事故是由司机疲劳驾驶造成的。", "司机疲劳驾驶", "事故"),
    ("缺水引起的减产十分严重。", "缺水", "减产十分严重"),
    ("他迟到了，因此错过了火车。", "他迟到了", "错过了火车"),
    ("路面结冰，所以公交车晚点。", "路面结冰", "公交车晚点"),
    ("公司连年亏损，以致无法支付工资。", "公司连年亏损", "无法支付工资"),
    ("他之所以辞职，是因为身体不好。", "身体不好", "他之所以辞职"),
    ("航班因大雾而取消。", "大雾", "取消"),
    ("因天气恶劣，航班延误三小时。", "天气恶劣", "航班延误三小时"),
    ("这一成果得益于团队的努力。", "团队的努力", "这一成果"),
    ("水位上涨，迫使居民撤离。", "水位上涨", "居民撤离"),
    ("高温使冰川加速融化。", "高温", "冰川加速融化"),
    ("销量下降的主要原因是价格过高。", "价格过高", "销量下降"),
    ("过度捕捞是鱼类减少的主要原因。", "过度捕捞", "鱼类减少"),
    ("他留下来不是因为钱，而是因为兴趣。", "兴趣", "他留下来"),
    ("由于资金不足，加上管理混乱，因此工程停工。", "资金不足，加上管理混乱", "工程停工"),
]  # fmt: skip

CONDITIONS = [
    ("如果压力超过五巴，安全阀就会打开。", "压力超过五巴", "安全阀就会打开"),
    ("只要按下按钮，机器就启动。", "按下按钮", "机器就启动"),
    ("只有更换滤芯，才能恢复供水。", "更换滤芯", "能恢复供水"),
    ("除非下大雨，比赛照常进行。", "下大雨", "比赛照常进行"),
    ("一旦温度过高，系统会自动关机。", "温度过高", "系统会自动关机"),
    ("若三日内未付款，订单将被取消。", "三日内未付款", "订单将被取消"),
]  # fmt: skip

NOTHING = [
    "我因此事找过他。", "原因不明。", "这是一个重要因素。", "因特网改变了生活。", "结果显示，两组没有差别。",
    "若干年后，他回到了故乡。", "他使用锤子。", "大使馆在城东。", "他所以为的真相是错的。", "故事讲完了，大家回家。",
    "所有的人都到了。", "于是之是著名演员。", "从此以后，他再也没来过。", "因子分解是数学方法。",
    "我们讨论了因果关系。",
    # denied
    "他不是因为生病才没来。", "并非由于技术问题，航班才延误。", "这种药不会引起副作用。", "这次地震没有造成人员伤亡。",
    "为了避免造成损失，我们关闭了阀门。", "他否认自己的疏忽导致了火灾。", "没有证据表明疫苗会导致自闭症。",
    # asked, left open, unreal
    "是什么导致了事故？", "为什么比赛取消了？", "他引起了你的注意吗？", "尚不清楚火灾是否由短路引起。",
    "你知道如果下雨会怎么样吗？", "如果说他是天才，那我就是凡人。", "要不是你提醒，我早就忘了。",
    "即使下雨，我们也去。",
]  # fmt: skip


@pytest.mark.parametrize(("text", "cause", "effect"), CAUSES)
def test_a_chinese_cause_is_found_with_its_effect(text: str, cause: str, effect: str) -> None:
    found = [(one.relation, one.cause.of(text), one.effect.of(text)) for one in causes(text)]
    assert found == [(Relation.CAUSES, cause, effect)]


@pytest.mark.parametrize(("text", "condition", "outcome"), CONDITIONS)
def test_a_chinese_condition_is_found_and_is_no_cause(text: str, condition: str, outcome: str) -> None:
    found = [(one.relation, one.cause.of(text), one.effect.of(text)) for one in causes(text)]
    assert found == [(Relation.CONDITION_OF, condition, outcome)]


@pytest.mark.parametrize("text", NOTHING)
def test_chinese_words_that_only_look_like_a_marker_are_left_alone(text: str) -> None:
    assert [(one.rule, one.cause.of(text), one.effect.of(text)) for one in causes(text)] == []


@pytest.mark.parametrize("text", [text for text, _, _ in (*CAUSES, *CONDITIONS)])
def test_a_chinese_question_states_nothing(text: str) -> None:
    assert causes(text.rstrip("。") + "吗？") == ()


def test_what_chinese_holds_possible_is_less_sure() -> None:
    (sure,), (maybe,) = causes("阀门腐蚀造成了泄漏。"), causes("阀门腐蚀可能造成泄漏。")
    assert sure.confidence > maybe.confidence
    assert maybe.cause.of("阀门腐蚀可能造成泄漏。") == "阀门腐蚀"
