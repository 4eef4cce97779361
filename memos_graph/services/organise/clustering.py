"""The library that parts vectors: scikit-learn's k-means, from the extra `organise`, loaded when it is needed."""

from __future__ import annotations

import numpy as np

from memos_graph.engines.organise.clusters import Part
from memos_graph.engines.rows import Floats, Ints
from memos_graph.model.errors import NotSupported

_STARTS = 3  #: tries from different seeds; the tightest counts
_SEED = 20_240_607


def library() -> Part:
    """What parts unit vectors by k-means (on the sphere: by cosine). `NotSupported` says what to install.

    Same vectors, same parts: seeded, and on one thread, since threads add up in any order. O(n · k · d) a round.
    """
    try:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        advice = "pip install 'memos-graph[organise]', or leave clusters out (--no-clusters)"
        raise NotSupported("organise", f"clusters need scikit-learn ({error}): {advice}") from error

    def part(vectors: Floats, count: int) -> Ints:
        count = min(count, len(np.unique(vectors, axis=0)))
        if count < 2:
            return np.zeros(len(vectors), np.int32)
        with threadpool_limits(limits=1):
            made = KMeans(n_clusters=count, n_init=_STARTS, random_state=_SEED).fit(vectors)
        return np.asarray(made.labels_, np.int32)

    return part
