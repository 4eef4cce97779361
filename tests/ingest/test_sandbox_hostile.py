"""Files made to hurt, through the sandbox with the real parsers: each costs itself at most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_ingest import Conversation, Document, IngestError
from memos_ingest.sandbox import Job, Outcome, Sandbox
from tests.ingest.hostile import archives, pdf
from tests.ingest.hostile.corpus import Attack, attacks
from tests.ingest.hostile.report import TIGHT

SECRET = Path("/etc/passwd")
ESCAPED = (Path("/tmp/memos-escaped.txt"), Path("/memos-escaped.txt"), Path("memos-escaped.txt"))
SEEDS = (
    ("a.pdf", pdf.whole()),
    ("a.docx", archives.docx(archives.paragraph(archives.WORDS) * 3)),
    ("a.xlsx", archives.xlsx(b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')),
    ("a.zip", archives.packed(("a.txt", archives.WORDS))),
    ("a.html", b"<!doctype html><h1>Cranes</h1><table><tr><td>a<td>b</table><p>" + archives.WORDS),
    ("a.md", b"# Cranes\n\n- a\n  - b\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n" + archives.WORDS),
    ("a.json", b'[{"role": "user", "content": "some words"}]'),
    ("a.eml", b"From: a@example.org\r\nSubject: words\r\n\r\n" + archives.WORDS),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TIGHT, workers=1) as one:
        yield one


def outcome_of(sandbox: Sandbox, name: str, data: bytes) -> Outcome:
    ((_, outcome),) = sandbox.map([Job(data=data, name=name)])
    return outcome


def words_of(one: Document | Conversation) -> str:
    if isinstance(one, Document):
        return "\n".join(element.text for element in one.elements)
    return "\n".join(message.text for session in one.sessions for message in session.messages)


@pytest.mark.long
@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: f"{attack.name}: {attack.what}")
def test_a_hostile_file_costs_itself_at_most(sandbox: Sandbox, attack: Attack) -> None:
    outcome = outcome_of(sandbox, attack.name, attack.make())
    if isinstance(outcome, IngestError):
        assert outcome.name.startswith(attack.name)
        assert outcome.reason
    else:
        assert not attack.must_fail, outcome
        text = "\n".join(map(words_of, outcome))
        assert outcome
        assert len(text) <= TIGHT.result_bytes
        assert SECRET.read_text("utf-8").splitlines()[0] not in text
    assert not any(path.exists() for path in ESCAPED)
    assert sandbox.read(b"The next file is read.", name="next.txt")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.sampled_from(SEEDS), cut=st.floats(0, 1), at=st.floats(0, 1), noise=st.binary(max_size=40),
    name=st.sampled_from([name for name, _ in SEEDS]) | st.none(),
)  # fmt: skip
def test_a_damaged_file_under_any_name_is_read_or_refused(
    sandbox: Sandbox, seed: tuple[str, bytes], cut: float, at: float, noise: bytes, name: str | None
) -> None:
    own_name, whole = seed
    place = int(len(whole) * at)
    data = (whole[:place] + noise + whole[place + len(noise) :])[: int(len(whole) * cut) + 1]
    outcome = outcome_of(sandbox, name or own_name, data)
    # a crash here would be a bug in our own code: these files are broken, not hostile
    assert isinstance(outcome, IngestError) or outcome
    assert "Traceback" not in str(outcome)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), extension=st.sampled_from(("pdf", "docx", "md", "csv", "png", "eml", "bin")))
def test_any_bytes_under_any_name_are_read_or_refused(sandbox: Sandbox, data: bytes, extension: str) -> None:
    outcome = outcome_of(sandbox, f"any.{extension}", data)
    assert isinstance(outcome, IngestError) or outcome


def test_a_folder_of_attacks_comes_back_in_order(sandbox: Sandbox) -> None:
    good = Job(data=b"Some plain words that are fine.", name="good.txt")
    bad = [Job(data=one.make(), name=one.name) for one in attacks() if one.must_fail][:6]
    jobs = [job for one in bad for job in (good, one)]
    got = list(sandbox.map(jobs))
    assert [job.name for job, _ in got] == [job.name for job in jobs]
    assert [isinstance(outcome, tuple) for _, outcome in got] == [True, False] * len(bad)
