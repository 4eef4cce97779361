"""What remarks on memories are taken for."""

from __future__ import annotations

import pytest

from memos_graph.engines.feedback import MAX_FEEDBACK, read_feedback


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        ("Change 'Zhang San' to 'Li Si' in all documents.", "Zhang San", "Li Si"),
        ("I changed my name. Replace User 1 with User 2 everywhere.", "User 1", "User 2"),
        ("please rename Foo to Bar", "Foo", "Bar"),
        ("change 5 pm to 6 pm", "5 pm", "6 pm"),
        ('replace "go to market" with "launch"', "go to market", "launch"),
        ("把所有的张三替换为李四", "张三", "李四"),
        ("请把“张三”改成“李四”。", "张三", "李四"),
    ],
)
def test_a_request_to_replace_words_is_one(said: str, old: str, new: str) -> None:
    remark = read_feedback(said)
    assert remark is not None and (remark.wanted, remark.old, remark.new) == ("replacement", old, new)


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        ("My birthday is 5 May, not 4 May.", "4 May", "5 May"),
        ("The limit for software is 600 CNY, not 800 CNY", "800 CNY", "600 CNY"),
        ("No, it's not Porto but Lisbon.", "Porto", "Lisbon"),
        ("it isn't Porto, it's Lisbon", "Porto", "Lisbon"),
        ("he was born in 1980 and not 1981", "1981", "1980"),
        ("No, she lives in Lisbon not Porto", "Porto", "Lisbon"),
        ("会议是五点，不是四点。", "四点", "五点"),
        ("不是四点，而是五点", "四点", "五点"),
        ("No, it's 6 o'clock", "", "6 o'clock"),
    ],
)
def test_a_correction_says_what_holds_and_what_does_not(said: str, old: str, new: str) -> None:
    remark = read_feedback(said)
    assert remark is not None and (remark.wanted, remark.old, remark.new) == ("correction", old, new)


def test_a_cue_and_a_sentence_of_its_own_take_the_memory_s_place() -> None:
    remark = read_feedback("Wrong, actually I like mangosteens.")
    assert remark is not None and remark.whole and remark.new == "I like mangosteens"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Remember that Ana sings.", "Ana sings"),
        ("I do not eat coriander.", "I do not eat coriander"),
        ("I'm not going to the fair", "I'm not going to the fair"),
        ("记住：安娜喜欢唱歌", "安娜喜欢唱歌"),
    ],
)
def test_what_only_says_more_is_an_addition(said: str, text: str) -> None:
    remark = read_feedback(said)
    assert remark is not None and (remark.wanted, remark.text) == ("addition", text)


@pytest.mark.parametrize(
    "said",
    [
        "what is it?", "No!", "change it", "change the project code to X", "change red to blue", "change to to to to",
        "把生日改成五月", "...", "no, no, no", "replace Foo",
    ],
)  # fmt: skip
def test_what_is_open_is_nobody_s_guess(said: str) -> None:
    assert read_feedback(said) is None


@pytest.mark.parametrize("bit", ["not ", "no, ", "change a to ", "是不是", "“", "it's not a, ", "and not "])
def test_a_hostile_remark_is_read_all_the_same(bit: str) -> None:
    read_feedback(bit * (MAX_FEEDBACK // len(bit)))
