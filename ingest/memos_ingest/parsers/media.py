"""Pictures inside office files, books and mails: their facts, each picture looked at once, within the limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from memos_ingest.elements import Element, PictureFacts, Provenance
from memos_ingest.errors import IngestError
from memos_ingest.pictures import BESIDE_TEXT, DEFAULT_PICTURE_LIMITS, facts_of


@dataclass(slots=True)
class Media:
    """The pictures of one document."""

    name: str  #: of the document, for messages
    _seen: dict[str, PictureFacts | None] = field(default_factory=dict)
    _pixels: int = 0

    def element(self, target: str, data: bytes | None, alt: str, where: Provenance) -> Element:
        """The picture as an element; without facts where its bytes are missing, broken or of no kind that is read."""
        if target not in self._seen:
            self._seen[target] = self._facts(data, target) if data else None
        facts = self._seen[target]
        return Element(kind="image", text=alt, href=target, alt=alt or None, picture=facts, provenance=where)

    def _facts(self, data: bytes, target: str) -> PictureFacts | None:
        limits = DEFAULT_PICTURE_LIMITS
        if len(self._seen) >= limits.pictures or self._pixels >= limits.total_pixels:
            return None
        try:
            facts = facts_of(data, name=f"{self.name}: {target}", unread=BESIDE_TEXT)
        except IngestError:
            return None  # a drawing in vectors, or broken; the document's own text is there all the same
        self._pixels += facts.width * facts.height
        return facts
