from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.usage import KEPT, last_used, used, uses
from memos_graph.model.errors import Invalid

AT = datetime(2025, 3, 4, 9, 12, 5, 700, tzinfo=UTC)


@given(before=st.lists(st.text(max_size=30), max_size=30), times=st.integers(1, 60))
def test_no_use_is_lost_count_of_and_few_are_kept(before: list[str], times: int) -> None:
    usage = tuple(before)
    for number in range(times):
        usage = used(usage, AT + timedelta(seconds=number), "search")
    assert uses(usage) == uses(before) + times
    assert len(usage) <= KEPT + 1
    assert last_used(usage[-1:]) == (AT + timedelta(seconds=times - 1)).replace(microsecond=0)


@pytest.mark.parametrize(
    ("entry", "when"),
    [
        ("2025-03-04T09:12:05Z search", datetime(2025, 3, 4, 9, 12, 5, tzinfo=UTC)),
        ('{"time": "2025-03-04T09:12:05.123456", "info": {}}', datetime(2025, 3, 4, 9, 12, 5, 123456, tzinfo=UTC)),
        ("read 2025-03-04 11:12+02:00", datetime(2025, 3, 4, 9, 12, tzinfo=UTC)),
        ("2025-13-44T99:99:99Z", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("the report", None),
        ("", None),
    ],
)
def test_the_time_of_a_use_is_read_where_there_is_one(entry: str, when: datetime | None) -> None:
    assert last_used([entry]) == when
    assert last_used([entry, "2024-01-01T00:00:00Z x"]) == (when or datetime(2024, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("by", ["", " \n", "\ud800", "a\x1b[2J"])
def test_a_user_without_a_name_is_refused(by: str) -> None:
    with pytest.raises(Invalid, match="by"):
        used((), AT, by)
