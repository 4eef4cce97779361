"""When and where a picture was taken, as its camera wrote it. Declines to believe what cannot be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from PIL import ExifTags, Image

from memos_ingest.pictures.opening import BROKEN

_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """When and where."""

    taken_at: datetime | None = None  #: UTC where the camera tells its zone, else naive
    place: tuple[float, float] | None = None  #: latitude and longitude in degrees, north and east positive


def shot_of(image: Image.Image) -> Shot:
    """What the picture's EXIF says; nothing where it is missing or broken, which says nothing of the picture."""
    try:
        exif = image.getexif()
        return Shot(taken_at=_taken_at(exif), place=_place(exif))
    except BROKEN:
        return Shot()


def _taken_at(exif: Image.Exif) -> datetime | None:
    """When the picture was taken, else when it was digitised or changed; UTC where the zone is told, else naive.

    Reads EXIF 2.31: DateTimeOriginal with OffsetTimeOriginal, and their siblings. None for dates that are none.
    """
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    base = ExifTags.Base
    for fields, moment, offset in (
        (inner, base.DateTimeOriginal, base.OffsetTimeOriginal),
        (inner, base.DateTimeDigitized, base.OffsetTimeDigitized),
        (exif, base.DateTime, base.OffsetTime),
    ):
        found = _moment(fields.get(moment), inner.get(offset))
        if found is not None:
            return found
    return None


def _place(exif: Image.Exif) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, north and east positive; None where they are missing or off the globe."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90.0)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180.0)
    if latitude is None or longitude is None or (latitude == 0.0 and longitude == 0.0):
        return None  # cameras without a fix write zeros
    return latitude, longitude


def _moment(value: object, offset: object) -> datetime | None:
    written = _TIME.match(value.strip()) if isinstance(value, str) else None
    if written is None:
        return None
    try:
        moment = datetime(*(int(part) for part in written.groups()))  # type: ignore[arg-type]
        zone = _ZONE.fullmatch(offset.strip()) if isinstance(offset, str) else None
        if zone is None:
            return moment
        away = timedelta(hours=int(zone[2]), minutes=int(zone[3])) * (-1 if zone[1] == "-" else 1)
        return moment.replace(tzinfo=timezone(away)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _degrees(gps: Mapping[int, object], key: int, reference: int, negative: str, most: float) -> float | None:
    value, side = gps.get(key), gps.get(reference)
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(total) or not 0.0 <= total <= most or min(degrees, minutes, seconds) < 0:
        return None
    letter = side.strip("\x00 ").upper() if isinstance(side, str) else ""
    return round(-total if letter.startswith(negative) else total, 7)
