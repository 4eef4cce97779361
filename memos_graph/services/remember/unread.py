"""What of a document was not read, said once for each reason. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from memos_graph.services.remember.captions import AGAIN
from memos_ingest import Document

_SAID = "its text was not read: "  #: as some parsers begin; it is said once


def may_be_read_now(unread: Sequence[str]) -> bool:
    """Whether a reason is one that may have gone since: something was installed, a limit raised, a model answers."""
    return any("install" in reason or "raise " in reason or reason.endswith(AGAIN) for reason in unread)


def unread_of(document: Document) -> tuple[str, ...]:
    """A sentence for each reason why text in its pictures was not read, the most frequent first; then one for the files
    in it (attachments, members of an archive) that could not be read."""
    reasons = Counter(
        element.picture.unread for element in document.elements if element.picture and element.picture.unread
    )
    pictures = tuple(
        f"the text in {count:,} picture{'s' if count > 1 else ''} was not read: {reason.removeprefix(_SAID)}"
        for reason, count in reasons.most_common()
    )
    inside = document.metadata.get("unread")
    if not inside:
        return pictures
    count = document.metadata.get("unread_files", "some")
    return (*pictures, f"{count} file{'' if count == '1' else 's'} in it could not be read: {inside}")
