from ipaddress import ip_address, ip_network

import numpy as np

from simulator.columns import lines
from simulator.people.addresses import addresses, ipv4, ipv6
from simulator.people.regions import REGIONS

HOSTS = np.random.default_rng(1).integers(0, 2**31, 20_000)
HOME = HOSTS % len(REGIONS)


def test_ipv4_addresses_are_of_a_private_range_each_region_in_its_own_networks() -> None:
    written = [text.decode() for text in lines(ipv4(HOME, HOSTS))]
    assert all(ip_address(text) in ip_network("10.0.0.0/8") for text in written)
    regions_of: dict[str, int] = {}
    for text, region in zip(written, HOME.tolist(), strict=True):
        assert regions_of.setdefault(text.rsplit(".", 1)[0], region) == region


def test_ipv6_addresses_are_of_the_documentation_range_in_canonical_form() -> None:
    written = [text.decode() for text in lines(ipv6(HOME, HOSTS))]
    assert all(ip_address(text) in ip_network("2001:db8::/32") for text in written)
    assert [str(ip_address(text)) for text in written] == written


def test_a_carrier_spreads_the_handsets_of_a_region_over_its_own_thousands_of_networks() -> None:
    of_region: list[set[str]] = [set() for _ in REGIONS]
    for text, region in zip(lines(ipv6(HOME, HOSTS)), HOME.tolist(), strict=True):
        of_region[region].add(text.decode().partition("::")[0])
    assert min(map(len, of_region)) > 1_000
    assert len(set.union(*of_region)) == sum(map(len, of_region))


def test_a_mobile_payment_comes_by_ipv6() -> None:
    written = lines(addresses(np.array([0, 0]), np.array([5, 5]), np.array([True, False])))
    assert [ip_address(text.decode()).version for text in written] == [6, 4]
