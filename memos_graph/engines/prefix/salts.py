"""The cache_salt of a prefix: prompts share cached blocks only where they were sent with the same one.

Who can't send it can't learn from an answer's speed what another has asked (vLLM, "Automatic Prefix Caching",
cache isolation). No randomness here: keys come in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

_OWN = "memos_graph prefix salt"


def salt_of(keys: Mapping[str, str], *, secret: str = "") -> str:
    """The salt of a set of cubes, 44 characters, in any order the same; another for any other set, key or secret.

    keys: each cube's own random key. secret: one more, for whoever would not have the salt follow from the store
    alone. HMAC-SHA256 (RFC 2104) of the pairs in order of names, each told apart from the next; base64 for
    URLs: vLLM 0.32 takes no / in a salt.
    """
    said = json.dumps(sorted(keys.items()), ensure_ascii=True).encode()
    return base64.urlsafe_b64encode(hmac.digest((secret or _OWN).encode(), said, hashlib.sha256)).decode()
