"""XML, SVG, HTML, Markdown, JSON, RTF and mail: entities, depth, and things to fetch."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

WORDS = b"A harmless line of plain words stands here. "
XML = b'<?xml version="1.0"?>'


def laughs() -> bytes:
    rows = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 12))
    return XML + b'<!DOCTYPE a [<!ENTITY l0 "lol">%s]><a>&l11;</a>' % rows


def quadratic() -> bytes:
    return XML + b'<!DOCTYPE a [<!ENTITY b "%s">]><a>%s</a>' % (b"B" * 100_000, b"&b;" * 100_000)


def external(where: bytes) -> Callable[[], bytes]:
    return lambda: XML + b'<!DOCTYPE a [<!ENTITY leak SYSTEM "%s">]><a>%s&leak;</a>' % (where, WORDS)


def parameter() -> bytes:
    return XML + b'<!DOCTYPE a [<!ENTITY %% x SYSTEM "http://127.0.0.1:9/x.dtd"> %%x;]><a>%s</a>' % WORDS


def include() -> bytes:
    return XML + (
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude">%s<xi:include href="file:///etc/passwd" parse="text"/></a>'
        % WORDS
    )


def svg() -> bytes:
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" onload="alert(1)">'
        b'<script>fetch("http://127.0.0.1:9/")</script><image x:href="file:///etc/passwd"/>'
        b'<image x:href="http://127.0.0.1:9/"/><use x:href="#u"/><g id="u"><use x:href="#u"/></g>'
        b"<text>%s</text></svg>" % WORDS
    )


def attributes() -> bytes:
    return XML + b"<a %s>%s</a>" % (b" ".join(b'b%d="c"' % at for at in range(300_000)), WORDS)


def html_fetches() -> bytes:
    return (
        b'<!doctype html><html><head><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">'
        b'<base href="file:///etc/"><link rel="stylesheet" href="http://127.0.0.1:9/a.css"></head><body>'
        b'<iframe src="file:///etc/passwd"></iframe><img src="http://127.0.0.1:9/a.png" alt="a picture">'
        b"<script>while(true){}</script><p>%s</p></body></html>" % (WORDS * 5)
    )


def html_wide() -> bytes:
    return b"<!doctype html><table><tr><td colspan=1000000 rowspan=1000000>%s</td></tr>%s</table>" % (
        WORDS, b"<tr><td colspan=65534>x</td></tr>" * 1_000,
    )  # fmt: skip


def html_unclosed() -> bytes:
    return b"<!doctype html><p>" + WORDS + b"<b><i><font color=red><a href=x>" * 100_000 + WORDS


def mail_deep() -> bytes:
    head = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: deep\r\nMIME-Version: 1.0\r\n"
    body = b"Content-Type: text/plain\r\n\r\n" + WORDS
    for at in range(2_000):
        body = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n' % (at, at, body, at)
    return head + body


def mail_in_mail() -> bytes:
    one = b"From: a@example.org\r\nSubject: inner\r\nContent-Type: text/plain\r\n\r\n" + WORDS
    for _ in range(200):
        one = b"From: a@example.org\r\nSubject: outer\r\nContent-Type: message/rfc822\r\n\r\n" + one
    return one


def mail_path() -> bytes:
    attached = base64.encodebytes(WORDS)
    return (
        b"From: a@example.org\r\nSubject: path\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n' + WORDS + b"\r\n"
        b"--b\r\nContent-Type: text/plain\r\n"
        b'Content-Disposition: attachment; filename="../../../tmp/memos-escaped.txt"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + attached + b"\r\n--b--\r\n"
    )


def mail_headers() -> bytes:
    return b"From: a@example.org\r\nSubject: " + b"=?utf-8?q?=41?= " * 200_000 + b"\r\n\r\n" + WORDS


ATTACKS: Mapping[tuple[str, str], Callable[[], bytes]] = {
    ("laughs.xml", "billion laughs"): laughs,
    ("quadratic.xml", "10 GB by one long entity"): quadratic,
    ("file.xml", "entity from /etc/passwd"): external(b"file:///etc/passwd"),
    ("http.xml", "entity from the network"): external(b"http://127.0.0.1:9/x"),
    ("parameter.xml", "DTD from the network"): parameter,
    ("include.xml", "XInclude of /etc/passwd"): include,
    ("deep.xml", "elements nested 1,000,000 deep"): lambda: XML + b"<a>" * 1_000_000 + WORDS + b"</a>" * 1_000_000,
    ("attributes.xml", "300,000 attributes"): attributes,
    ("cut.xml", "cut in a tag"): lambda: XML + b"<a><b>" + WORDS + b"</b><c",
    ("script.svg", "script, files and URLs, a cycle"): svg,
    ("laughs.svg", "billion laughs"): lambda: laughs().replace(b"<a>", b"<svg>").replace(b"</a>", b"</svg>"),
    ("deep.html", "elements nested 500,000 deep"): lambda: b"<!doctype html>" + b"<div>" * 500_000 + WORDS,
    ("unclosed.html", "400,000 unclosed inline elements"): html_unclosed,
    ("fetch.html", "frames, scripts, redirects"): html_fetches,
    ("span.html", "cells that span a million"): html_wide,
    ("quotes.md", "quotes nested 100,000 deep"): lambda: b"# A\n\n" + b">" * 100_000 + b" " + WORDS,
    ("lists.md", "lists nested 2,000 deep"): lambda: b"".join(b" " * (2 * at) + b"- a\n" for at in range(2_000)),
    ("emphasis.md", "2 MB of asterisks"): lambda: b"# A\n\n" + b"*a _b " * 350_000,
    ("links.md", "1 MB of open brackets"): lambda: b"# A\n\n" + b"[" * 1_000_000,
    ("pairs.md", "300,000 brackets in one another"): lambda: b"[" * 300_000 + b"]" * 300_000,
    ("images.md", "400,000 pictures that never end"): lambda: b"a ![" * 400_000,
    ("stars.md", "1 MB of asterisks in one run"): lambda: b"a " + b"*" * 1_000_000,
    ("ticks.md", "code marks of 1,000 lengths"): lambda: b" ".join(b"`" * at for at in range(1, 1_000)),
    ("tags.md", "300,000 tags that never end"): lambda: b"a <b" * 300_000,
    ("table.md", "table of 100,000 columns"): lambda: b"|\n".join(cell * 100_000 for cell in (b"|a", b"|-", b"|b")),
    ("deep.json", "lists nested 1,000,000 deep"): lambda: b"[" * 1_000_000 + b"]" * 1_000_000,
    ("number.json", "a number of 1,000,000 digits"): lambda: b'[{"role": "user", "content": %s}]' % (b"9" * 1_000_000),
    ("surrogate.json", "half a character"): lambda: b'[{"role": "user", "content": "a \\ud800 b"}]',
    ("lines.jsonl", "a million empty records"): lambda: b"{}\n" * 1_000_000,
    ("deep.rtf", "groups nested 1,000,000 deep"): lambda: b"{\\rtf1 " + b"{" * 1_000_000 + WORDS,
    ("bin.rtf", "says 2 GB of binary follow"): lambda: b"{\\rtf1 \\bin2147483647 " + WORDS + b"}",
    ("deep.eml", "parts nested 2,000 deep"): mail_deep,
    ("mails.eml", "mails nested 200 deep"): mail_in_mail,
    ("path.eml", "attachment with a path that leads out"): mail_path,
    ("headers.eml", "a subject of 200,000 words"): mail_headers,
}  # fmt: skip
MUST_FAIL: frozenset[str] = frozenset()
