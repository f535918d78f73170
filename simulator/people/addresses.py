"""IP addresses of ranges that are reserved for private use and documentation: they belong to nobody."""

import numpy as np

from simulator.columns import Mask, Numbers, Text, choose, hexadecimal, join, unpadded

_OCTETS: Text = np.array([str(octet).encode() for octet in range(256)])
_NETWORKS_OF_A_REGION = 21 * 256


def ipv4(regions: Numbers, hosts: Numbers) -> Text:
    """Write addresses of 10.0.0.0/8 (RFC 1918), of which each region has 5,376 networks of 254 hosts.

    So many that a network holds some dozens of a city's cardholders, as a provider's /24 does.
    """
    network = regions * _NETWORKS_OF_A_REGION + hosts // 254 % _NETWORKS_OF_A_REGION
    second, third = np.divmod(network, 256)
    return join(b"10.", _OCTETS[second], b".", _OCTETS[third], b".", _OCTETS[1 + hosts % 254])


def ipv6(regions: Numbers, hosts: Numbers) -> Text:
    """Write addresses of 2001:db8::/32 (RFC 3849) in the canonical form of RFC 5952.

    Each region has 5,376 networks (/48) as well: a carrier spreads its handsets over thousands of them.
    """
    site, host = np.divmod(hosts, 0xFFFF)
    network = 1 + regions * _NETWORKS_OF_A_REGION + site % _NETWORKS_OF_A_REGION
    network_text, host_text = (unpadded(hexadecimal(group, 4)) for group in (network, 1 + host))
    return join(b"2001:db8:", network_text, b"::", host_text)


def addresses(regions: Numbers, hosts: Numbers, mobile: Mask) -> Text:
    """Write a mobile device's IPv6 address or a household's IPv4 address."""
    return join(choose(mobile, ipv6(regions, hosts)), choose(~mobile, ipv4(regions, hosts)))
