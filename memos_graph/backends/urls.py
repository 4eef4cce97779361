"""A store's URL as it may be shown. Knows no scheme."""

from __future__ import annotations

import re


def without_secrets(url: str) -> str:
    """`url` without what lies between the user and the host, and what follows a ? or #: a password may be there."""
    scheme, colon, rest = url.partition(":")
    slashes = "//" if rest.startswith("//") else ""
    before, at, host = rest.removeprefix("//").rpartition("@")
    if re.search("[?#]", before):  # a password with such a character, or one among parameters: show neither
        return f"{scheme}{colon}{slashes}***"
    user, secret, _ = before.partition(":")
    shown, mark = re.fullmatch(r"([^?#]*)([?#]?).*", host, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{scheme}{colon}{slashes}{user}{':***' if secret else ''}{at}{shown}{mark and f'{mark}***'}"
