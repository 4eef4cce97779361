"""Why something could not be read. Every error names the file, the reason, and what to do next."""

from __future__ import annotations


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


class NothingRead(IngestError):
    """Parsing ran to its end but found next to no text in a file that is not empty; never taken for success."""


class NotAChat(IngestError):
    """Messages or a JSON file that do not have the shape of a chat; the reason names the place."""


class TooLarge(IngestError):
    """A limit was passed: raise that limit, or split the file."""

    def __init__(self, name: str, limit: str, allowed: int, found: int, unit: str) -> None:
        super().__init__(
            name,
            f"{found:,} {unit} is over the limit {limit} = {allowed:,} {unit}; "
            f"split the file, or pass Limits({limit}=...) with a higher value",
        )
        self.limit = limit
        self.allowed = allowed
        self.found = found
        self.unit = unit

    def __reduce__(self) -> tuple[type[IngestError], tuple[str, str, int, int, str]]:  # type: ignore[override]
        return type(self), (self.name, self.limit, self.allowed, self.found, self.unit)
