"""Pictures: what their bytes say, whether two are the same one, and the text in them.

Opens nothing by name, fetches nothing, and never decodes a picture that is over the limits. Declines to know what a
picture shows: that is for models behind the engine's ports.
"""

from memos_ingest.pictures.data_urls import data_of, is_data_url, with_data_pictures
from memos_ingest.pictures.elements import picture_elements, read_picture
from memos_ingest.pictures.facts import facts_of, facts_of_drawn
from memos_ingest.pictures.likeness import FEATURELESS, SAME_BITS, distance, has_likeness, is_same_picture, likeness
from memos_ingest.pictures.limits import DEFAULT_PICTURE_LIMITS, PictureLimits
from memos_ingest.pictures.ocr import BESIDE_TEXT, INSTALL, NOT_INSTALLED, Line, TextReader, text_reader
from memos_ingest.pictures.opening import MEDIA_TYPES, is_heif
from memos_ingest.pictures.turns import Turns

__all__ = [
    "BESIDE_TEXT",
    "DEFAULT_PICTURE_LIMITS",
    "FEATURELESS",
    "INSTALL",
    "MEDIA_TYPES",
    "NOT_INSTALLED",
    "SAME_BITS",
    "Line",
    "PictureLimits",
    "TextReader",
    "Turns",
    "data_of",
    "distance",
    "facts_of",
    "facts_of_drawn",
    "has_likeness",
    "is_data_url",
    "is_heif",
    "is_same_picture",
    "likeness",
    "picture_elements",
    "read_picture",
    "text_reader",
    "with_data_pictures",
]
