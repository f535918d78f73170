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
        ("::ffff:203.0.113.77", "::/48"),
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


@given(st.ip_addresses())
def test_the_network_holds_the_address_and_only_its_prefix(address: IPv4Address | IPv6Address) -> None:
    network = ip_network(str(module.ip_network(str(address))))
    assert ip_address(address) in network
    assert network.prefixlen == (24 if address.version == 4 else 48)
