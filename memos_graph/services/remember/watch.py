"""Follow a folder: feed it, then whatever changes in it, by the same way as `add`, until told to stop.

The watching is watchfiles'. Declines to know what a terminal and Ctrl-C are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from memos_graph.model.errors import Invalid
from memos_graph.services.context import Context
from memos_graph.services.remember.folders import feed_folder
from memos_graph.services.remember.known import is_gone
from memos_graph.services.remember.report import Listener, Report
from memos_graph.services.remember.taking import DEFAULT, FeedOptions
from memos_ingest.ignoring import IGNORE_FILE

_QUIET_MS = 200  #: a file is read when nothing was written for so long
_LONGEST_MS = 2_000  #: and at the latest after this
_WAKE_MS = 500  #: how long it may take until watching has begun; then how often it looks whether to go on
_WHOLE_AFTER = 1_200  #: quiet wakes after which all is looked at once more: the system may lose events under load
_MANY = 500  #: changes beyond which looking at everything is quicker


class Event(Protocol):
    """As `threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""


def watch(context: Context, cube: str, path: Path, *, stop: Event, tell: Callable[[Report], None],
          options: FeedOptions = DEFAULT, listen: Listener | None = None) -> None:  # fmt: skip
    """Feed `path`, tell the Report, and do so again for what changes, until `stop` is set.

    The first Report is on everything, also when nothing was there to do; later ones only on what changed. What changes
    while files are being fed comes next. A file that is being written is fed when it was left alone for a moment, and
    again when it changes after that. With `options.prune` files that go are retired. `Invalid` when `path` itself goes.
    """
    from watchfiles import watch as changes_in  # loads a library of its own; needed by nobody else

    root = path.resolve()
    if not root.exists():
        raise Invalid("path", str(path), "no such file or folder; check the path")
    folder = root if root.is_dir() else root.parent
    batches = changes_in(
        folder, watch_filter=lambda _, changed: _counts(Path(changed), root, options.leave_out), stop_event=stop,
        step=_QUIET_MS, debounce=_LONGEST_MS, rust_timeout=_WAKE_MS, yield_on_timeout=True, recursive=root.is_dir(),
    )  # fmt: skip
    begun, quiet = False, 0
    for batch in batches:  # the first one comes when watching has begun, so that nothing falls in between
        if not batch and begun and quiet < _WHOLE_AFTER:
            quiet += 1
            continue
        if is_gone(root):
            raise Invalid("path", str(path), "it is gone, so watching has ended; what was fed from it is kept")
        only = _only({Path(changed) for _, changed in batch}) if begun and batch else None
        report = feed_folder(
            context, cube, root, options=options, only=only, listen=listen, stop=stop.is_set
        )  # fmt: skip
        if not begun or any(fed.outcome not in ("unchanged", "ignored") for fed in report.fed):
            tell(report)
        begun, quiet = True, 0
        if stop.is_set():
            return


def _counts(changed: Path, root: Path, leave_out: Collection[Path]) -> bool:
    """Whether a change there may be one of what is fed."""
    if changed == root:
        return True
    if not changed.is_relative_to(root) or any(changed.is_relative_to(each) for each in leave_out):
        return False
    inside = changed.relative_to(root).parts
    return not any(part.startswith(".") and part != IGNORE_FILE for part in inside)


def _only(changed: set[Path]) -> set[Path] | None:
    """What to look at; None: at everything."""
    if len(changed) > _MANY or any(path.name == IGNORE_FILE for path in changed):
        return None
    return changed
