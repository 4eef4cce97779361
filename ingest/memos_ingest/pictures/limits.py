"""How much of pictures is looked at; values to start from, all of them the caller's to change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """Upper bounds, checked before the work that they bound."""

    pixels: int = 50_000_000  #: of one picture, by what its head says; nothing larger is decoded
    frames: int = 500  #: pages of one TIFF
    pictures: int = 500  #: of one document that are decoded; those beyond stay in it without facts
    total_pixels: int = 1_000_000_000  #: of all pictures of one document together
    read_pages: int = 200  #: pages of one document whose text is read from their picture (OCR)
    thumbnail: int = 256  #: pixels of its longer edge

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"PictureLimits.{name} = {value}: must be at least 1")


DEFAULT_PICTURE_LIMITS = PictureLimits()
