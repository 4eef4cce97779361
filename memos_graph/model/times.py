"""Times: datetimes in Python, integer microseconds UTC in stores. No clock here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memos_graph.model.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact. `Invalid` for a naive datetime: it names no instant."""
    if moment.tzinfo is None:
        raise Invalid("time", moment.isoformat(), "give it a time zone (UTC: add +00:00)")
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The UTC datetime of `micros`; the inverse of `to_micros`."""
    return _EPOCH + timedelta(0, 0, micros)


def parse_time(text: str, field: str = "time") -> datetime:
    """The UTC instant that ISO 8601 `text` names; a date alone is its midnight, no zone means UTC. `Invalid` else."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            field, text, "write it as ISO 8601, for example 2025-03-04 or 2025-03-04T09:12:00+00:00"
        ) from None
