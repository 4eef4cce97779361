"""Which internet addresses belong to strangers, and which to us: this machine, its network, and what tunnels lead to.

Pure. By its own table (IANA special-purpose registries, RFC 6890 and what followed) instead of `ipaddress.is_global`,
whose answer differs between Python versions and is yes for multicast, ::127.0.0.1 and 6to4 of a private address.
Declines to know names, ports and sockets. An operator's own NAT64 prefix can't be told from any other prefix.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_CLOSED_V4: Final = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this machine"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a provider's inner network"),
        ("127.0.0.0/8", "this machine"),
        ("168.63.129.16/32", "the host of a virtual machine"),  # Azure's: a public number, answered from inside
        ("169.254.0.0/16", "the local link, where clouds keep credentials"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")  # all that IANA has given out for unicast
_CLOSED_V6: Final = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("2001::/23", "reserved for protocols (Teredo, ORCHID, benchmarks)"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "for documentation"),
    )
)
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_ISATAP: Final = frozenset((0x0000_5EFE, 0x0200_5EFE))  # RFC 5214: an IPv4 address follows


def plain(address: Address) -> Address:
    """The address that is meant: an IPv4 one where IPv6 only wraps it (::ffff:1.2.3.4)."""
    if isinstance(address, IPv6Address) and address in _MAPPED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def why_closed(address: Address) -> str | None:
    """What the address is if it is no public one, in words for a message; None when anybody may reach it."""
    address = plain(address)
    if isinstance(address, IPv4Address):
        return next((why for network, why in _CLOSED_V4 if address in network), None)
    if address.scope_id is not None:
        return "tied to a network card"
    if address in _NAT64:  # what DNS64 answers in networks without IPv4
        return why_closed(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _GLOBAL_V6:
        return "this machine" if address.is_loopback or address.is_unspecified else "not a public address"
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return "an ISATAP tunnel"
    return next((why for network, why in _CLOSED_V6 if address in network), None)
