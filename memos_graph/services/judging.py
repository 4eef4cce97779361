"""Answerability: the texts that the searches found, put before the engine that judges whether the answer is there.

Reads the same surveys that a search does: beside one it costs the texts of some fifty rows. Filters and Scope hold:
what may not be a hit is no evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from memos_graph.engines.answerable import DEFAULT, Judge, Line, signs
from memos_graph.engines.rows import Mask
from memos_graph.model.errors import Invalid
from memos_graph.model.survey import Floats, Survey
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.explained import Answerability
from memos_graph.services.layout import rows_of
from memos_graph.services.seeing.absence import absence_in
from memos_graph.services.stages import LaidOut, Read, lay_out, read_query, returnable_in

_NEAREST = 20  #: rows read because they match best by meaning and words together
_WORDIEST = 30  #: rows read because they match best by words


def answerability(context: Context, request: RecallRequest, *, prior: float = 0.5) -> Answerability:
    """How likely it is that what is asked is in the cubes at all, and what was once known of it.

    One embedding, two surveys a cube: of what holds, and of what has ended.

    prior: how likely that is of the questions that are asked there, before looking. Where most have an answer, say so.
    """
    if isinstance(prior, bool) or not isinstance(prior, int | float) or not 0 < prior < 1:
        raise Invalid("prior", prior, "give a probability above 0 and below 1")
    read = read_query(context, request)
    laid = lay_out(context, request, read)
    once = absence_in(context, request, read, laid)
    return replace(judge(context, request, read, laid, prior=prior), absence=once if once.once else None)


def judge(context: Context, request: RecallRequest, read: Read, laid: Sequence[LaidOut], *,
          by: Judge = DEFAULT, prior: float = 0.5) -> Answerability:  # fmt: skip
    """As `answerability`, for a query that was read and laid out. Of several cubes the likeliest counts."""
    seen = [(one.survey.cube, signs(one.meant.lexical_text, _lines(context, request, read, one),
                                    one.meant.named_speakers)) for one in laid]  # fmt: skip
    if not seen:  # no cube holds anything that could be searched
        cube = read.scope.cubes[0]
        seen = [(cube, signs(read.meant[cube].lexical_text, ()))]
    told = [Answerability(probability=by.chance(each, prior=prior), signs=each, cube=cube) for cube, each in seen]
    return max(told, key=lambda one: one.probability)


def _lines(context: Context, request: RecallRequest, read: Read, laid: LaidOut) -> list[Line]:
    survey = laid.survey
    may = returnable_in(survey, rows_of(survey), context.layouts.of(survey), request)
    best = float(survey.lexical.max(initial=0)) or 1.0
    dense = survey.dense
    for _, theirs in laid.voiced:
        dense = np.maximum(dense, theirs)
    share = survey.lexical / np.float32(best)
    profile = request.profile
    both = profile.dense * np.maximum(dense, 0) + profile.lexical * share**profile.lexical_power
    rows = dict.fromkeys((*_top(both, may, _NEAREST), *_top(survey.lexical, may, _WORDIEST), *_top(dense, may, 1)))
    ids = {survey.ids[row]: row for row in rows}
    return [
        Line(
            text=node.text, cosine=float(dense[row]), share=float(share[row]), asks=bool(survey.question[row]),
            speaker=_speaker(survey, row),
        )
        for node in context.store.get(read.scope.of(survey.cube), list(ids))
        for row in (ids[node.id],)
    ]  # fmt: skip


def _top(values: Floats, may: Mask, k: int) -> list[int]:
    """The at most `k` rows of `may` with the highest values above 0; O(n)."""
    among = np.flatnonzero(may & (values > 0))
    if len(among) > k:
        among = among[np.argpartition(values[among], -k)[-k:]]
    return [int(row) for row in among]


def _speaker(survey: Survey, row: int) -> str | None:
    said = survey.adjacency.get("SAID_BY")
    if said is None or said.out_start[row] == said.out_start[row + 1]:
        return None
    return survey.ids[int(said.out_rows[said.out_start[row]])]
