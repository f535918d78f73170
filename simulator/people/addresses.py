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
    """Write addresses of 2001:db8::/32 (RFC 3849) in the canonical form of RFC 5952, one /48 for each region."""
    site, host = np.divmod(hosts, 0xFFFF)
    groups = (regions + 1, 1 + site % 0xFFFF, 1 + host)
    region, site_text, host_text = (unpadded(hexadecimal(group, 4)) for group in groups)
    return join(b"2001:db8:", region, b":", site_text, b"::", host_text)


def addresses(regions: Numbers, hosts: Numbers, mobile: Mask) -> Text:
    """Write a mobile device's IPv6 address or a household's IPv4 address."""
    return join(choose(mobile, ipv6(regions, hosts)), choose(~mobile, ipv4(regions, hosts)))
