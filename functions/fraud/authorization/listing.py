"""Which entries of lists a payment attempt could be on."""

from ipaddress import ip_network as network_of

from fraud.authorization.attempt import Attempt
from fraud.lists import SHORTEST_PREFIX, ListKind, key_of
from fraud.payments.ip_network import ip_network


def list_keys(attempt: Attempt) -> list[str]:
    """Return the keys of every entry that would hit an attempt, each prefix of its network included."""
    event = attempt.payment.event
    values = [
        (ListKind.ACCOUNT, event.sender_account_id),
        *((ListKind.CARD, token) for token in attempt.card_tokens),
        (ListKind.DEVICE, event.device_id),
        *((ListKind.NETWORK, prefix) for prefix in prefixes(event.ip_address)),
        (ListKind.MERCHANT, event.merchant_id),
        (ListKind.RECEIVER, event.receiver_account_id),
    ]
    return [key_of(kind, value) for kind, value in values]


def prefixes(address: str) -> list[str]:
    """Return the prefixes of an address that can be on a list, the longest first."""
    network = network_of(ip_network(address) or address)
    lengths = range(network.prefixlen, SHORTEST_PREFIX[network.version] - 1, -1)
    return [str(network.supernet(new_prefix=length)) for length in lengths]
