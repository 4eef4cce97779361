"""Why something could not be read. Every error names the file, the reason, and what to do next."""

from __future__ import annotations

from collections.abc import Callable


class IngestError(Exception):
    """Base of everything that reading a file or a chat can raise on bad input."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name  #: the file, or the part of a chat, that was refused
        self.reason = reason  #: what is wrong and what to do

    def __reduce__(self) -> tuple[type[IngestError], tuple[str, str]]:
        # the default rebuilds from args, which here is one finished sentence
        return type(self), (self.name, self.reason)


class UnreadableFile(IngestError):
    """The bytes are not what they claim to be, or cannot be decoded: repair or convert the file."""


class UnsupportedFormat(IngestError):
    """No parser takes this: convert the file to a supported format."""


class NoSuchParser(IngestError):
    """The parser that was chosen is none, does not read this format, or is not installed: choose or install another."""


class NothingRead(IngestError):
    """Parsing ran to its end but found next to no text in a file that is not empty; never taken for success."""


class NotAChat(IngestError):
    """Messages or a JSON file that do not have the shape of a chat; the reason names the place."""


class TooLarge(IngestError):
    """A limit was passed: raise that limit, or split the file."""

    def __init__(self, name: str, limit: str, allowed: int, found: int, unit: str, holder: str = "Limits") -> None:
        super().__init__(
            name,
            f"{found:,} {unit} is over the limit {limit} = {allowed:,} {unit}; "
            f"split the file, or pass {holder}({limit}=...) with a higher value",
        )
        self.limit = limit
        self.allowed = allowed
        self.found = found
        self.unit = unit
        self.holder = holder  #: of the limit: Limits or SandboxLimits

    def __reduce__(self) -> tuple[type[IngestError], tuple[str, str, int, int, str, str]]:  # type: ignore[override]
        return type(self), (self.name, self.limit, self.allowed, self.found, self.unit, self.holder)


class ParserFailed(IngestError):
    """The process that parsed this file ended, or was ended; the next file gets a new one."""


class ParserCrashed(ParserFailed):
    """The parser brought its process down: convert the file to another format, and report it with its kind."""

    def __init__(self, name: str, cause: str, *, signal: int | None = None) -> None:
        super().__init__(
            name,
            f"{cause} while it was parsed in a process of its own, and nothing of it was kept; the file is broken or "
            "hostile: convert it to another format, or leave it out",
        )
        self.cause = cause  #: such as "SIGSEGV ended its parser"
        self.signal = signal  #: its number; None when the process ended in another way

    def __reduce__(self) -> tuple[Callable[..., ParserCrashed], tuple[str, str, int | None]]:  # type: ignore[override]
        return _crashed, (self.name, self.cause, self.signal)


class ParserTimedOut(ParserFailed):
    """Parsing took longer than it may: raise that limit, or split the file."""

    def __init__(self, name: str, limit: str, seconds: float) -> None:
        what = "of processor time" if limit == "cpu_seconds" else "by the clock"
        super().__init__(
            name,
            f"parsing it was stopped after {seconds:,.0f} s {what}, and nothing of it was kept; split the file or "
            f"leave it out, or pass SandboxLimits({limit}=...) with a higher value",
        )
        self.limit = limit  #: of SandboxLimits
        self.seconds = seconds  #: what this file was given

    def __reduce__(self) -> tuple[type[ParserTimedOut], tuple[str, str, float]]:  # type: ignore[override]
        return type(self), (self.name, self.limit, self.seconds)


class ParserOutOfMemory(ParserFailed):
    """Parsing wanted more memory than it may have: raise that limit, or split the file."""

    def __init__(self, name: str, allowed: int) -> None:
        super().__init__(
            name,
            f"parsing it wants more than {allowed:,} bytes of memory, and nothing of it was kept; it may be a bomb: "
            "split the file or leave it out, or pass SandboxLimits(memory_bytes=...) with a higher value",
        )
        self.allowed = allowed  #: bytes

    def __reduce__(self) -> tuple[type[ParserOutOfMemory], tuple[str, int]]:  # type: ignore[override]
        return type(self), (self.name, self.allowed)


class SandboxUnavailable(IngestError):
    """No process for parsing could be started; nothing is parsed without one. The reason says what stood in the way."""


def _crashed(name: str, cause: str, signal: int | None) -> ParserCrashed:
    return ParserCrashed(name, cause, signal=signal)
