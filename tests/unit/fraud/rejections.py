"""How an event is rejected."""

import pytest

from fraud.payments.event import InvalidPaymentError, Reason, parse_payment


def rejection(value: bytes) -> tuple[Reason, str | None]:
    """Return reason and field for which a Kafka value is no payment."""
    with pytest.raises(InvalidPaymentError) as caught:
        parse_payment(value)
    return caught.value.reason, caught.value.field
