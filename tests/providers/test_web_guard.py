"""Which URLs and addresses are open to us, in every spelling."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.errors import Invalid, NotFound, Refused
from memos_graph.providers.web.address import why_closed
from memos_graph.providers.web.guard import Guard, Resolve

PUBLIC = "93.184.215.14"


def gives(*addresses: str) -> Resolve:
    return lambda host, port: addresses


def never(host: str, port: int) -> tuple[str, ...]:
    raise AssertionError(f"{host} was looked up")


def may_ask(url: str, resolve: Resolve = never) -> bool:
    """Whether the guard lets anything be asked for `url`."""
    guard = Guard()
    try:
        return bool(guard.addresses(guard.target(url), resolve))
    except (Invalid, Refused):
        return False


# Addresses


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_closed(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global:
        wraps_public = isinstance(address, IPv6Address) and (
            (address.ipv4_mapped is not None and address.ipv4_mapped.is_global)
            or address in ipaddress.IPv6Network("64:ff9b::/96")
        )
        assert wraps_public or why_closed(address) is not None


@given(st.one_of([st.ip_addresses(network=n) for n in (
    "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "0.0.0.0/8",
    "224.0.0.0/4", "240.0.0.0/4", "198.18.0.0/15", "192.0.0.0/24",
)]))  # fmt: skip
def test_a_closed_ipv4_address_is_closed_in_every_ipv6_dress(address: IPv4Address) -> None:
    number = int(address)
    dresses = [
        (0xFFFF << 32) | number,  # v4-mapped
        number,  # v4-compatible
        (0xFFFF << 48) | number,  # SIIT
        (0x2002 << 112) | (number << 80) | 1,  # 6to4
        (0x64FF9B << 96) | number,  # NAT64
        (0x64FF9B0001 << 80) | number,  # NAT64 of one's own network
        (0x20010000 << 96) | (number ^ 0xFFFFFFFF),  # Teredo
        (0x2A00 << 112) | (0x5EFE << 32) | number,  # ISATAP
    ]
    for dress in dresses:
        assert why_closed(IPv6Address(dress)) is not None, IPv6Address(dress)


@pytest.mark.parametrize("text", [
    "127.0.0.1", "::1", "::", "0.0.0.0", "169.254.169.254", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
    "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "100.100.100.200", "168.63.129.16",
    "224.0.0.1", "255.255.255.255", "192.88.99.1", "2001:db8::1", "4000::1", "100::1", "fe80::1%eth0", "2600::1%1",
])  # fmt: skip
def test_no_inner_address_is_open(text: str) -> None:
    assert why_closed(ipaddress.ip_address(text)) is not None


@pytest.mark.parametrize("text", [
    PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "::ffff:1.1.1.1", "64:ff9b::101:101",
])  # fmt: skip
def test_public_addresses_are_open(text: str) -> None:
    assert why_closed(ipaddress.ip_address(text)) is None


# Spellings of an address


def spellings(address: IPv4Address) -> list[str]:
    number, (a, b, c, d) = int(address), address.packed
    return [
        str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"{a}.{b}.{c}.{d}.", f"0x{a:x}.{b}.{c}.{d}", f"{a}.{b}.{c}.0x{d:x}", f"{a}。{b}。{c}。{d}",
        "".join(chr(0xFF10 + int(digit)) if digit.isdigit() else digit for digit in str(address)),
        f"[::ffff:{address}]", f"[::{address}]", f"[::ffff:0:{address}]", f"[64:ff9b::{address}]",
        f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]", f"[0:0:0:0:0:ffff:{a:02x}{b:02x}:{c:02x}{d:02x}]",
    ]  # fmt: skip


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global), st.integers(0, 18))
def test_no_spelling_of_a_closed_address_is_asked_or_looked_up(address: IPv4Address, which: int) -> None:
    spelling = spellings(address)[which]
    assert not may_ask(f"http://{spelling}/"), spelling
    assert not may_ask(f"https://{spelling}:443/a?b=c"), spelling


@given(st.ip_addresses(v=4).filter(lambda address: why_closed(address) is None))
def test_four_decimal_numbers_are_the_one_spelling_that_is_taken(address: IPv4Address) -> None:
    guard = Guard()
    assert guard.addresses(guard.target(f"http://{address}/"), never) == (str(address),)
    for spelling in spellings(address)[:8]:
        if spelling.split(".") != str(address).split("."):
            with pytest.raises(Invalid):
                guard.target(f"http://{spelling}/")


@given(st.text(max_size=40), st.sampled_from(["http://", "https://", "//", "", "HTTP://"]))
def test_any_text_is_a_url_of_a_clean_host_or_refused(text: str, scheme: str) -> None:
    try:
        target = Guard().target(scheme + text)
    except (Invalid, Refused):
        return
    assert target.url.isascii() and target.url.isprintable() and " " not in target.url
    assert not set("@\\%#?/ ") & set(target.host)
    assert Guard().target(target.url) == target  # its one spelling reads as itself


@pytest.mark.parametrize("url", [
    "http://example.com@127.0.0.1/", "http://user:secret@example.com/", "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\", "http://127.0.0.1\\.example.com/", "http://exam\tple.com/", "http://example.com\r\nHost:x/",
    "http://[::1%25lo]/", "http://[fe80::1%eth0]/", "http://[::1/", "http://[1.2.3.4]/", "http://%31%32%37.0.0.1/",
    "http://example..com/", "http://-example.com/", "http:///etc/passwd", "http://", "http:example.com",
    "//example.com",
    "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "javascript:alert(1)", "example.com",
    "http://example.com:0/", "http://example.com:65536/", "http://example.com:8O/", "http://example.com:-80/",
    "http://example.com:٨٠/", "http://ex ample.com/", "http://℀.example.com/", "http://xn--a/", "http://a\u2044b.com/",
    "http://" + "a" * 64 + ".com/", "http://" + "a." * 130 + "com/", "http://example.com/" + "a" * 5000, "",
])  # fmt: skip
def test_what_can_be_read_in_two_ways_is_no_url(url: str) -> None:
    with pytest.raises(Invalid):
        Guard().target(url)


def test_a_password_in_a_url_is_not_repeated_in_the_error() -> None:
    with pytest.raises(Invalid) as error:
        Guard().target("https://user:hunter2@example.com/")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("url", "known_as"), [
    ("HTTPS://Example.COM", "https://example.com/"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("https://example.com:443/a#part", "https://example.com/a"),
    ("https://bücher.example/straße?q=ü x", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC%20x"),
    ("https://example.com./", "https://example.com/"),
    ("https://example.com/a/./b/../c/%2e%2E/d", "https://example.com/a/d"),
    ("https://example.com/a/..", "https://example.com/"),
    ("https://example.com?x", "https://example.com/?x"),
    ("https://[2606:4700:4700:0::1111]/", "https://[2606:4700:4700::1111]/"),
])  # fmt: skip
def test_a_page_has_one_spelling(url: str, known_as: str) -> None:
    assert Guard().target(url).url == known_as


# Names


def test_a_name_with_one_inner_address_among_public_ones_is_refused() -> None:
    guard = Guard()
    with pytest.raises(Refused, match=r"10\.0\.0\.8, which is a private network"):
        guard.addresses(guard.target("https://example.com/"), gives(PUBLIC, "10.0.0.8"))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "fe80::1%eth0", "::ffff:127.0.0.1", "not an address"])
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    assert not may_ask("http://example.com/", gives(address))


def test_a_name_without_an_address_is_not_found() -> None:
    with pytest.raises(NotFound):
        Guard().addresses(Guard().target("http://example.com/"), gives())


# Ports and the allow-list


@pytest.mark.parametrize("port", [22, 25, 6379, 8000, 8080, 11211])
def test_ports_that_are_not_the_webs_are_refused(port: int) -> None:
    with pytest.raises(Refused, match=str(port)):
        Guard().target(f"http://example.com:{port}/")


def test_the_allow_list_opens_a_place_and_nothing_beside_it() -> None:
    guard = Guard(allow=("127.0.0.1:8000", "wiki.lan", "[::1]:8000"))
    assert guard.addresses(guard.target("http://127.0.0.1:8000/"), never) == ("127.0.0.1",)
    assert guard.addresses(guard.target("http://[0:0::1]:8000/"), never) == ("::1",)
    assert guard.addresses(guard.target("https://WIKI.lan/"), gives("10.0.0.8")) == ("10.0.0.8",)
    for url in ("http://127.0.0.1:8001/", "http://127.0.0.2:8000/", "http://wiki.lan:8000/", "http://localhost:8000/"):
        with pytest.raises(Refused):
            guard.target(url)
    with pytest.raises(Refused):
        guard.addresses(guard.target("http://127.0.0.1/"), never)


def test_a_strangers_page_reaches_nothing_that_the_allow_list_opens() -> None:
    guard = Guard(allow=("wiki.lan", "127.0.0.1:8000"))
    stranger, listed = guard.target("https://example.com/"), guard.target("https://wiki.lan/")
    with pytest.raises(Refused):
        guard.target("http://127.0.0.1:8000/", found_on=stranger)
    with pytest.raises(Refused):
        guard.addresses(guard.target("http://wiki.lan/", found_on=stranger), gives("10.0.0.8"))
    assert guard.target("http://127.0.0.1:8000/", found_on=listed).listed


@pytest.mark.parametrize("entry", ["*", "*.lan", "http://wiki.lan", "10.0.0.0/8", "", "2130706433:80", "a b"])
def test_an_entry_of_the_allow_list_that_says_something_else_is_refused(entry: str) -> None:
    with pytest.raises(Invalid):
        Guard(allow=(entry,))
