"""Settings: the one place that reads the environment and `memos-graph.toml`.

Order: what a caller passes, then MEMOS_GRAPH_* variables, then the nearest `memos-graph.toml` (the working folder or
one above it), then the defaults here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid

FILE = "memos-graph.toml"
PREFIX = "MEMOS_GRAPH_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run is set to. Each field is MEMOS_GRAPH_NAME in the environment and `name = ` in memos-graph.toml."""

    store: str = "kb.graph"  #: path of an embedded store, `memory:`, or a server's URL: neo4j://HOST, nebula://HOST
    store_user: str = ""  #: who we are on a server; "": its usual first user (neo4j, root)
    store_password: str = field(default="", repr=False)  #: and the password; environment only
    store_database: str = ""  #: database (NebulaGraph: space) on a server; "": the user's home database (memos_graph)
    store_multi_db: bool = False  #: Neo4j Enterprise: a database for each cube
    store_pool_size: int = 32  #: connections to a server at most
    store_connect_s: float = 10.0  #: seconds to wait for a connection, new or of the pool
    store_query_s: float = 120.0  #: seconds that one transaction may take
    store_retry_s: float = 15.0  #: seconds that a transaction is tried again on a passing error; 0: not at all
    store_index: str = "kb.index"  #: folder of the index that a process keeps beside a NebulaGraph
    store_certificates: str = ""  #: PEM file to check a server's TLS certificate against; "": the system's
    cube: str = "default"  #: used where no --cube is given
    embedder: str = "minilm"  #: minilm; sentence-transformers:NAME; openai:MODEL@URL
    embedder_key: str = field(default="", repr=False)  #: bearer token of an openai: embedder; environment only
    reranker: str = ""  #: "": none; sentence-transformers:NAME; openai:MODEL@URL (its /rerank)
    reranker_key: str = field(default="", repr=False)  #: bearer token of an openai: reranker; environment only
    name_finder: str = ""  #: finds names besides the rules: "": none; spacy:NAME or spacy:FOLDER of a pipeline
    images: str = ""  #: gives pictures vectors: "": nothing; the path of an ONNX file; colours, for a trial
    captioner: str = ""  #: says what pictures without words show: "": nobody; openai:MODEL@URL (its /chat/completions)
    captioner_key: str = field(default="", repr=False)  #: bearer token of an openai: captioner; environment only
    language_model: str = ""  #: answers, judges, sums up: "": nobody; openai:MODEL@URL; ollama:MODEL
    language_model_context: int = 0  #: tokens that a prompt and its answer may have together; 0: as the server says
    language_model_key: str = field(default="", repr=False)  #: bearer token of an openai: model; environment only
    language_model_timeout_s: float = 60.0  #: seconds for a whole answer; of a streamed one, until its next piece
    prefix_server: str = ""  #: tells of the prefix cache: "": the language model's own, if a vLLM; none; a vLLM's URL
    prefix_salt_key: str = field(default="", repr=False)  #: goes into the salt of every prefix; environment only
    prefix_tokens: int | None = None  #: tokens that come first in a prompt, at most; 0: no memories; None: by the model
    prefix_block: int = 0  #: tokens of a block of the server's prefix cache; 0: as the server says, else 16
    kv_cache_model: str = ""  #: model whose KV caches are kept: a folder for transformers, or a name at Hugging Face
    kv_cache_revision: str = ""  #: commit, tag or branch of it at Hugging Face; "": its newest
    kv_cache_dtype: str = "auto"  #: numbers of that model and its caches: auto, float32, bfloat16, float16
    kv_cache_device: str = "cpu"  #: where that model runs: cpu, cuda, cuda:1, mps
    kv_cache_folder: str = ""  #: KV caches lie there, a file each; "": in this process's memory only
    kv_cache_quota_mb: int = 0  #: megabytes of them there, the least recently used go first; 0: no bound
    web_allow: str = ""  #: hosts or host:port, by commas, that URLs may name though they are not public: the intranet
    web_user_agent: str = "memos-graph"  #: the name we give to sites; its first word is what robots.txt calls us
    web_delay_s: float = 1.0  #: seconds between two requests to one host
    web_robots: bool = True  #: heed robots.txt; false for sites of your own
    web_markdown_hosts: str = ""  #: hosts, by commas, whose plain text is Markdown (`direct_markdown_hostnames`)
    parsers: str = ""  #: who reads which format, where not ours: "pdf=pymupdf, docx=unstructured" (docs/ingestion.md)
    chunk_size: int = 200  #: tokens of a passage at most, as the embedder counts them
    chunk_overlap: int = 0  #: tokens that a passage repeats of the one it goes on from; FOLLOWS leads there without
    facts: str = ""  #: who reads what messages and short texts claim, as facts: "": nobody; rules (docs/facts.md)
    limits: str = ""  #: of what parsers take in, where not `memos_ingest.Limits`: "pages=5000, file_bytes=200000000"
    heap_mb: int = 512  #: memory of the embedded database's virtual machine; counts at the first open in a process


_SECRET = {"captioner_key", "embedder_key", "language_model_key", "prefix_salt_key", "reranker_key", "store_password"}
_NUMBERS: dict[str, tuple[type[int] | type[float], float, float, str]] = {  # name: type, least, most, what to give
    "heap_mb": (int, 64, 65_536, "megabytes, 64 to 65536"),
    "chunk_size": (int, 16, 100_000, "tokens, 16 to 100000"),
    "chunk_overlap": (int, 0, 50_000, "tokens, fewer than half of chunk_size"),
    "kv_cache_quota_mb": (int, 0, 1_000_000_000, "megabytes, 0 to 1000000000"),
    "language_model_context": (int, 0, 100_000_000, "tokens, 0 to 100000000"),
    "language_model_timeout_s": (float, 0.1, 86_400, "seconds, 0.1 to 86400"),
    "prefix_tokens": (int, 0, 1_000_000, "tokens, 0 to 1000000"),
    "prefix_block": (int, 0, 65_536, "tokens, 0 to 65536"),
    "store_pool_size": (int, 1, 1000, "a number of connections, 1 to 1000"),
    "store_connect_s": (float, 0.1, 600, "seconds, 0.1 to 600"),
    "store_query_s": (float, 0.1, 86_400, "seconds, 0.1 to 86400"),
    "store_retry_s": (float, 0, 600, "seconds, 0 to 600"),
    "web_delay_s": (float, 0, 3600, "seconds, 0 to 3600"),
}
_FLAGS = {"store_multi_db", "web_robots"}
_YES_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
Plain = str | int | float | bool


def load_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings of this process. `Invalid` for a file that can't be read or a name that does not exist."""
    environment = os.environ if environment is None else environment
    settings = Settings()
    file = _nearest(folder or Path.cwd())
    if file is not None:
        settings = _with(settings, _from_file(file), FILE)
    names = {each.name for each in fields(Settings)}
    found = {name: environment[PREFIX + name.upper()] for name in names if environment.get(PREFIX + name.upper())}
    return _with(settings, found, "environment")


def _with(settings: Settings, values: Mapping[str, Plain], where: str) -> Settings:
    """`settings` with `values`, each read as its field's type. `Invalid` names `where` one can't be read."""
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name in _NUMBERS:
            read[name] = _number(name, value, where)
        elif name in _FLAGS:
            if str(value).lower() not in _YES_NO:
                raise Invalid(f"{where}: {name}", value, "give true or false")
            read[name] = _YES_NO[str(value).lower()]
        elif isinstance(value, bool | float):
            raise Invalid(f"{where}: {name}", value, "write it as a string")
        else:
            read[name] = str(value)
    return replace(settings, **read)


def _number(name: str, value: Plain, where: str) -> float:
    """`value` as the number that `name` takes."""
    kind, least, most, advice = _NUMBERS[name]
    try:
        number = kind(str(value))  # str first: true is no number, and 1.5 is no int
    except ValueError:
        raise Invalid(f"{where}: {name}", value, f"give {advice}") from None
    if not least <= number <= most:
        raise Invalid(f"{where}: {name}", value, f"give {advice}")
    return number


def _nearest(folder: Path) -> Path | None:
    return next((place / FILE for place in (folder, *folder.parents) if (place / FILE).is_file()), None)


def _from_file(file: Path) -> dict[str, Plain]:
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Invalid(FILE, str(file), f"it can't be read: {error}") from error
    known = {each.name for each in fields(Settings)} - _SECRET
    for name, value in read.items():
        if name not in known:
            why = f"keep secrets out of files: set {PREFIX}{name.upper()}" if name in _SECRET else "no such setting"
            raise Invalid(FILE, name, f"{why}; known: {', '.join(sorted(known))}")
        if not isinstance(value, str | int | float):  # a bool is an int
            raise Invalid(f"{FILE}: {name}", value, "write it as a string, a number, true or false")
    if isinstance(read.get("store"), str) and "://" not in read["store"] and not read["store"].startswith("memory:"):
        read["store"] = str(file.parent / read["store"])  # relative to the file, wherever it is read from
    for name in ("kv_cache_folder", "store_certificates", "store_index"):
        if read.get(name):
            read[name] = str(file.parent / str(read[name]))
    if str(read.get("images", "")).lower().endswith(".onnx"):
        read["images"] = str(file.parent / str(read["images"]))
    return read
