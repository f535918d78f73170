from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.payments import ip_network as module


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("0.0.0.0", "0.0.0.0/24"),  # noqa: S104  an address in an event, bound by nobody
        ("255.255.255.255", "255.255.255.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:DB8:1::", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("::FFFF:cb00:714d", "203.0.113.0/24"),
        ("2002:cb00:714d::1", "203.0.113.0/24"),
        ("2002:cb00:714d:1:2:3:4:5", "203.0.113.0/24"),
        ("64:ff9b::203.0.113.77", "203.0.113.0/24"),
        ("64:ff9b:1::203.0.113.77", "64:ff9b:1::/48"),
        ("2001:0:cb00:714d::1", "2001:0:cb00::/48"),
    ],
)
def test_an_address_is_cut_to_its_network(address: str, network: str) -> None:
    assert module.ip_network(address) == network


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("", id="empty"),
        pytest.param("203.0.113", id="three octets"),
        pytest.param("203.0.113.256", id="octet too large"),
        pytest.param("203.0.113.077", id="leading zero"),
        pytest.param("203.0.113.77\n", id="line end"),
        pytest.param(" 203.0.113.77", id="leading space"),
        pytest.param("203.0.113.77/24", id="network"),
        pytest.param("٢٠٣.0.113.77", id="digits of another script"),
        pytest.param("2001:db8::1::2", id="two gaps"),
        pytest.param("2001:db8:1:2:3:4:5:6:7", id="nine groups"),
        pytest.param("2001:db8::g", id="letter"),
        pytest.param("2001:db8::1/64", id="v6 network"),
        pytest.param("localhost", id="name"),
        pytest.param("3405803853", id="whole number"),
    ],
)
def test_anything_else_is_no_address(address: str) -> None:
    assert module.ip_network(address) is None


def _holds_ipv4(address: IPv4Address | IPv6Address) -> bool:
    return isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address.sixtofour is not None or address in ip_network("64:ff9b::/96")
    )


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_one_in_whatever_clothes(address: IPv4Address) -> None:
    mapped, nat64 = f"::ffff:{address}", f"64:ff9b::{address}"
    first, second = int(address) >> 16, int(address) & 0xFFFF
    cut = module.ip_network(str(address))
    assert [module.ip_network(one) for one in (mapped, nat64, f"2002:{first:x}:{second:x}::1")] == [cut] * 3


@given(st.ip_addresses().filter(lambda address: not _holds_ipv4(address)))
def test_the_network_holds_the_address_and_only_its_prefix(address: IPv4Address | IPv6Address) -> None:
    network = ip_network(str(module.ip_network(str(address))))
    assert ip_address(address) in network
    assert network.prefixlen == (24 if address.version == 4 else 48)
