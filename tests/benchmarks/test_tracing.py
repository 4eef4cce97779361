"""What strace says, read: a sync counts from its end, a write from its start."""

from __future__ import annotations

from benchmarks.tracing import acknowledged, calls

LOG = "/store/graph/txlog_1.wal"


def read(*lines: str) -> list[tuple[int, bool]]:
    return [(synced.ack, synced.in_order) for synced in acknowledged(calls(lines))]


def test_an_ack_after_write_and_sync_of_the_log_is_in_order() -> None:
    seen = read(
        f'7 pwrite64(9<{LOG}>, "x", 1, 0) = 1',
        f"7 fdatasync(9<{LOG}>) = 0",
        '7 write(1<pipe:[5]>, "ack 0\\n", 6) = 6',
    )
    assert seen == [(0, True)]


def test_an_ack_without_any_sync_is_not_in_order() -> None:
    assert read(f'7 write(9<{LOG}>, "x", 1) = 1', '7 write(1<pipe:[5]>, "ack 0\\n", 6) = 6') == [(0, False)]


def test_a_write_after_the_sync_spoils_it() -> None:
    seen = read(
        f'7 write(9<{LOG}>, "x", 1) = 1',
        f"7 fsync(9<{LOG}>) = 0",
        f'8 write(9<{LOG}>, "y", 1) = 1',
        '7 write(1<pipe:[5]>, "ack 0\\n", 6) = 6',
    )
    assert seen == [(0, False)]


def test_a_sync_that_is_still_under_way_does_not_count() -> None:
    lines = (
        f'7 write(9<{LOG}>, "x", 1) = 1',
        f"7 fsync(9<{LOG}> <unfinished ...>",
        '8 write(1<pipe:[5]>, "ack 0\\n", 6) = 6',
        "7 <... fsync resumed>) = 0",
    )
    assert read(*lines) == [(0, False)]
    assert read(lines[0], lines[1], lines[3], lines[2]) == [(0, True)]


def test_a_sync_that_failed_does_not_count() -> None:
    seen = read(
        f'7 write(9<{LOG}>, "x", 1) = 1',
        f"7 fsync(9<{LOG}>) = -1 EIO (Input/output error)",
        '7 write(1<pipe:[5]>, "ack 0\\n", 6) = 6',
    )
    assert seen == [(0, False)]


def test_a_sync_of_another_file_does_not_stand_for_the_log() -> None:
    seen = read(
        f'7 write(9<{LOG}>, "x", 1) = 1',
        "7 fsync(4</store/index/rows.bin>) = 0",
        '7 write(1<pipe:[5]>, "ack 0\\n", 6) = 6',
    )
    assert seen == [(0, False)]


def test_each_ack_needs_a_sync_of_its_own() -> None:
    seen = read(
        f'7 write(9<{LOG}>, "x", 1) = 1',
        f"7 fsync(9<{LOG}>) = 0",
        '7 write(1<pipe:[5]>, "ack 0\\n", 6) = 6',
        '7 write(1<pipe:[5]>, "ack 1\\n", 6) = 6',
    )
    assert seen == [(0, True), (1, False)]
