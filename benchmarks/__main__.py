"""`python -m benchmarks NAME --out report/`: run one benchmark, write NAME.json and NAME.md.

Exit code 0: it ran, and every figure was reached; 1: it ran, and one was not, or something went wrong (the report says
which); 2: it could not run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine, report

if TYPE_CHECKING:
    from benchmarks.locomo_more import Peers


def main(arguments: Sequence[str]) -> int:
    """Runs what `arguments` say and returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.name == "peers":
        return _set_up(options)
    with tempfile.TemporaryDirectory(prefix="memos-bench-", dir=options.work, ignore_cleanup_errors=True) as folder:
        run = machine.facts(arguments, Path(folder))
        try:
            made = _run(options, Path(folder))
        except (OSError, ValueError) as error:
            print(f"{options.name} could not run: {error}", file=sys.stderr)
            return 2
    for path in report.write(made, run, options.out):
        print(path)
    for target in made.targets:
        print(f"{'reached' if target.reached else 'MISSED '} {target.what}: {target.measured:.3g} {target.unit}")
    for problem in made.problems:
        print(f"PROBLEM {problem}")
    return 0 if made.good else 1


def _set_up(options: argparse.Namespace) -> int:
    """Makes the peers' environments, and says what became of each."""
    from benchmarks.peers import venvs

    names = options.only or venvs.PEERS
    done = venvs.make(options.peers, names, options.find_links) if options.setup else {}
    for name in names:
        why_not = done.get(name) or venvs.missing(options.peers, name)
        print(f"{venvs.version(name)}: {why_not or 'ready'}")
    return 0


def _peers(options: argparse.Namespace) -> Peers | None:
    """Which peers a run wants; None: none."""
    if options.peers is None:
        return None
    from benchmarks.locomo_more import Peers
    from benchmarks.peers.venvs import PEERS
    from memos_graph.settings import load_settings

    server = {"url": options.neo4j, "user": "neo4j", "password": load_settings().store_password}
    process = (int(options.server[0]), Path(options.server[1])) if options.server else None
    return Peers(
        home=options.peers.resolve(), names=tuple(options.only or PEERS), server=server if options.neo4j else {},
        process=process, timeout_s=options.timeout, kept=options.kept,
    )  # fmt: skip


def _locomo_llm(options: argparse.Namespace, folder: Path) -> report.Report:
    """LoCoMo with a language model that answers. ValueError where the options name none."""
    from benchmarks import locomo_llm
    from memos_graph.settings import load_settings

    if not options.model:
        raise ValueError("--llm asks an endpoint: say which of its models with --model")
    key, own = load_settings().language_model_key, options.judge_llm in (None, options.llm)
    judge_key = options.judge_key.read_text().strip() if options.judge_key else key if own else ""
    answerer = locomo_llm.Model(url=options.llm, name=options.model, key=key, prices=tuple(options.price))
    judge = locomo_llm.Model(
        url=options.judge_llm or options.llm, name=options.judge or options.model, key=judge_key,
        prices=tuple(options.judge_price or (options.price if own and not options.judge else (0.0, 0.0, 0.0))),
    )  # fmt: skip
    protocol = locomo_llm.Protocol(
        answerer=answerer, judge=judge, answers=options.out / "locomo_llm.answers.jsonl", runs=options.runs,
        context=options.context, questions=options.questions, seed=options.seed, temperature=options.temperature,
        max_tokens=options.max_tokens, parallel=options.parallel, timeout=options.patience, controls=options.controls,
    )  # fmt: skip
    return locomo_llm.run(
        options.data, folder, protocol, any_file=options.any_file, conversations=options.conversations
    )


def _run(options: argparse.Namespace, folder: Path) -> report.Report:
    if options.name == "locomo" and options.llm:
        return _locomo_llm(options, folder)
    if options.name == "locomo":
        from benchmarks import locomo

        return locomo.run(
            options.data, folder, any_file=options.any_file, conversations=options.conversations,
            wanted=locomo.Wanted(plain=options.plain, corrections=options.corrections, peers=_peers(options)),
        )  # fmt: skip
    if options.name == "ingest":
        from benchmarks import ingest

        return ingest.run(
            options.data, folder, peers=options.peers and options.peers.resolve(),
            names=options.only or _reader_names(), short=options.short, scores_only=options.scores,
            memory_only=options.memory, speed_only=options.speed,
        )  # fmt: skip
    if options.name == "multihop":
        from benchmarks import multihop

        return multihop.run(options.data, folder, questions=options.questions)
    if options.name == "causal":
        from benchmarks import causal

        return causal.run(options.data)
    if options.name == "store":
        from benchmarks import store

        return store.run(folder, nodes=options.nodes, edges=options.edges, cubes=options.cubes, seed=options.seed)
    if options.name == "stores":
        from benchmarks import stores

        return stores.run(
            folder, nodes=options.nodes, edges=options.edges, cubes=options.cubes, seed=options.seed,
            asked=options.asked, neo4j=options.neo4j, server=options.server or (),
        )  # fmt: skip
    if options.name == "lifecycle":
        from benchmarks import lifecycle

        return lifecycle.run(
            folder, seed=options.seed, final=options.final, short=options.short, parts=options.parts or lifecycle.PARTS,
            peers=options.peers and options.peers.resolve(), only=options.only or (), timeout_s=options.timeout,
        )  # fmt: skip
    if options.name == "activation":
        from benchmarks import activation

        return activation.run(
            folder, llm=options.llm, model=options.model, data=options.data, any_file=options.any_file, kv=options.kv,
            wanted=activation.Wanted(
                parts=options.parts or (), rounds=options.rounds, conversations=options.conversations,
                count_only=options.count_only, dtypes=options.dtypes or (), short=options.short, seed=options.seed,
            ),
        )  # fmt: skip
    from benchmarks import chaos

    return chaos.run(folder, rounds=options.rounds, seed=options.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure memos_graph; write a report.")
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--out", type=Path, default=Path("report"), help="folder for NAME.json and NAME.md")
    shared.add_argument("--work", type=Path, help="folder on the disk to measure; else the temporary one")

    locomo = names.add_parser("locomo", parents=[shared], help="retrieval over the ten LoCoMo conversations")
    locomo.add_argument("--data", type=Path, required=True, help="path of locomo10.json")
    locomo.add_argument("--any-file", action="store_true", help="take a file with another sha256 than the pinned one")
    locomo.add_argument("--conversations", type=_positive, help="only the first so many")
    locomo.add_argument("--plain", action="store_true", help="no presets, no edge switched off, no masked names")
    locomo.add_argument("--corrections", type=Path, metavar="FILE", help="an audit's keys (see benchmarks/corrections)")
    locomo.add_argument("--peers", type=Path, metavar="VENVS", help="also the peers whose environments are in VENVS")
    locomo.add_argument("--timeout", type=_positive, default=3600, help="seconds that a peer may take")
    locomo.add_argument("--kept", type=Path, metavar="FOLDER", help="keep peers' outcomes, and take those that fit")
    _peer_options(locomo)
    _llm_options(locomo)

    multihop = names.add_parser("multihop", parents=[shared], help="questions over several paragraphs (MuSiQue)")
    multihop.add_argument("--data", type=Path, required=True, help="folder of musique_train.json and its corpus")
    multihop.add_argument("--questions", type=_positive, help="only the first so many, with all paragraphs")

    causal = names.add_parser("causal", parents=[shared], help="the rules for causes in texts (Causal News Corpus)")
    causal.add_argument("--data", type=Path, required=True, help="folder of train_sentences.csv and train_spans.csv")

    ingest = names.add_parser("ingest", parents=[shared], help="documents: what parsers give, and what feeding costs")
    ingest.add_argument("--data", type=Path, required=True, help="folder of documents, their Markdown in expected/")
    ingest.add_argument("--peers", type=Path, metavar="VENVS", help="also the peers whose environments are in VENVS")
    ingest.add_argument("--only", nargs="+", metavar="PEER", choices=_reader_names(), help="these peers alone")
    ingest.add_argument("--short", action="store_true", help="our scores alone, no OCR: a check for every commit")
    ingest.add_argument("--scores", action="store_true", help="no speed and no memory")
    ingest.add_argument("--memory", action="store_true", help="scores and memory, no speed")
    ingest.add_argument("--speed", action="store_true", help="scores and speed, no memory")

    peers = names.add_parser("peers", help="make the environments of the systems that locomo and ingest run beside us")
    peers.add_argument("--setup", action="store_true", help="make those that are not there; else only look")
    peers.add_argument("--peers", "--venvs", type=Path, required=True, metavar="VENVS", help="folder for them")
    peers.add_argument("--find-links", type=Path, metavar="WHEELS", help="folder of wheels to look into besides")
    peers.add_argument(
        "--only",
        nargs="+",
        metavar="PEER",
        choices=(*_peer_names(), *_reader_names()),
        help=f"of {', '.join(_peer_names())}, or (for ingest) {', '.join(_reader_names())}; else the first of these",
    )

    store = names.add_parser("store", parents=[shared], help="load, read and search of a large store")
    store.add_argument("--nodes", type=_positive, default=100_000)
    store.add_argument("--edges", type=_positive, default=200_000)
    store.add_argument("--cubes", type=_positive, default=10)
    store.add_argument("--seed", type=int, default=1)

    stores = names.add_parser("stores", parents=[shared], help="the same cubes in every store, side by side")
    stores.add_argument("--nodes", type=_positive, default=100_000)
    stores.add_argument("--edges", type=_positive, default=200_000)
    stores.add_argument("--cubes", type=_positive, default=10)
    stores.add_argument("--seed", type=int, default=1)
    stores.add_argument("--asked", type=_positive, default=100, help="calls behind each percentile")
    _server_options(stores)

    lifecycle = names.add_parser("lifecycle", parents=[shared], help="a made-up world over time")
    lifecycle.add_argument("--seed", type=_positive, default=1)
    lifecycle.add_argument("--final", action="store_true", help="phrasing and seeds kept for the published figure")
    lifecycle.add_argument("--short", action="store_true", help="little of everything: a check for every commit")
    lifecycle.add_argument("--parts", nargs="+", choices=("world", "back", "crash", "steps", "costs"), help="else all")
    lifecycle.add_argument("--peers", type=Path, metavar="VENVS", help="also mem0 and Graphiti, environments in VENVS")
    lifecycle.add_argument("--only", nargs="+", metavar="PEER", choices=("mem0", "graphiti"), help="this peer alone")
    lifecycle.add_argument("--timeout", type=_positive, default=3600, help="seconds that a peer may take")

    activation = names.add_parser("activation", parents=[shared], help="a server's prefix cache, and KV caches")
    activation.add_argument("--llm", default="", metavar="URL", help="a server's address, such as http://HOST:PORT/v1")
    activation.add_argument("--model", default="", help="the model's name there")
    activation.add_argument("--data", type=Path, help="path of locomo10.json: the day of chat")
    activation.add_argument("--any-file", action="store_true", help="take a file with another sha256 than the pinned")
    activation.add_argument("--kv", type=Path, metavar="FOLDER", help="a model for transformers: caches injected")
    activation.add_argument("--parts", nargs="+", choices=("ttft", "day", "kv"), help="else all that can be measured")
    activation.add_argument("--dtypes", nargs="+", choices=("float32", "bfloat16"), help="numbers of that model")
    activation.add_argument("--rounds", type=_positive, default=20, help="requests of each sort that are timed")
    activation.add_argument("--conversations", type=_positive, default=3, help="days of chat, the first so many")
    activation.add_argument("--count-only", action="store_true", help="send nothing of the day: count its tokens")
    activation.add_argument("--seed", type=_positive, default=1)
    activation.add_argument("--short", action="store_true", help="little of everything: a check for every commit")

    chaos = names.add_parser("chaos", parents=[shared], help="kill -9 while writing, and look at what is left")
    chaos.add_argument("--rounds", type=_positive, default=30)
    chaos.add_argument("--seed", type=int, default=1)
    return parser


def _peer_names() -> tuple[str, ...]:
    from benchmarks.peers.venvs import PEERS

    return PEERS


def _reader_names() -> tuple[str, ...]:
    from benchmarks.ingest_running import PEERS

    return PEERS


def _llm_options(locomo: argparse.ArgumentParser) -> None:
    """Those of the whole protocol: a language model answers, another judges."""
    of = locomo.add_argument_group("with a language model", "its key: MEMOS_GRAPH_LANGUAGE_MODEL_KEY")
    of.add_argument("--llm", metavar="URL", help="an OpenAI-compatible endpoint: its model answers every question")
    of.add_argument("--model", metavar="NAME", help="the model that answers")
    of.add_argument("--judge", metavar="NAME", help="the model that judges; else the one that answers")
    of.add_argument("--judge-llm", metavar="URL", help="the judge's endpoint; else the same")
    of.add_argument("--judge-key", type=Path, metavar="FILE", help="file with the key of that other endpoint")
    of.add_argument("--runs", type=_positive, default=3)
    of.add_argument("--context", type=_positive, default=2000, help="tokens of memories sent with a question")
    of.add_argument("--questions", type=_positive, help="a sample of so many")
    of.add_argument("--seed", type=int, default=1, help="which sample")
    of.add_argument("--temperature", type=float, default=0.0)
    of.add_argument("--max-tokens", type=_positive, default=256, help="of an answer, thinking included")
    of.add_argument("--parallel", type=_positive, default=1, help="questions asked at a time")
    of.add_argument("--controls", type=int, default=20, help="questions that the judge is tried with")
    of.add_argument("--patience", type=float, default=120.0, help="seconds for one answer")
    prices = {"nargs": 3, "type": float, "metavar": ("PROMPT", "CACHED", "COMPLETION")}
    of.add_argument("--price", default=(0.0, 0.0, 0.0), help="of a million tokens, answering", **prices)  # type: ignore[arg-type]
    of.add_argument("--judge-price", help="likewise, judging", **prices)  # type: ignore[arg-type]


def _peer_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", metavar="PEER", choices=_peer_names(), help="these peers alone")
    _server_options(parser)


def _server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--neo4j", default="", metavar="URL",
        help="an empty Neo4j server, such as bolt://localhost:7687; its password in MEMOS_GRAPH_STORE_PASSWORD",
    )  # fmt: skip
    parser.add_argument("--server", nargs=2, metavar=("PID", "DATA"), help="that server's process and data folder")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} can't be used; give 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
