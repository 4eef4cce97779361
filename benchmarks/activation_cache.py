"""The prefix cache of a vLLM server, counted without one: which tokens of a prompt it would have found.

Source: vLLM, "Automatic Prefix Caching" (design page): a block is known by its tokens and all before them, a salt
besides; only whole blocks are kept, the prompt's last token is always read, and the block that was used longest ago
goes first, of one prompt the last block before the others. Declines to know what reading a token takes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence


class BlockCache:
    """Blocks of `block` tokens, at most `capacity` tokens of them; None: it never is full."""

    def __init__(self, block: int, capacity: int | None = None) -> None:
        if block < 1:
            raise ValueError(f"block {block}: a block has 1 token or more")
        self.block = block
        self._most = None if capacity is None else max(0, capacity // block)
        self._blocks: OrderedDict[int, None] = OrderedDict()  # first: the next to go

    def read(self, ids: Sequence[int], salt: str = "") -> int:
        """Tokens of the prompt `ids` that were cached; its whole blocks are from now on. O(tokens)."""
        keys = self._keys(ids, salt)
        most = max(0, len(ids) - 1) // self.block
        found = next((at for at, key in enumerate(keys[:most]) if key not in self._blocks), most)
        for key in reversed(keys):
            self._blocks[key] = None
            self._blocks.move_to_end(key)
        while self._most is not None and len(self._blocks) > self._most:
            self._blocks.popitem(last=False)
        return min(found, len(keys)) * self.block

    def _keys(self, ids: Sequence[int], salt: str) -> list[int]:
        keys: list[int] = []
        before = hash(salt)
        for start in range(0, len(ids) - self.block + 1, self.block):
            before = hash((before, *ids[start : start + self.block]))
            keys.append(before)
        return keys
