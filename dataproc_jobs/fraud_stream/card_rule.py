"""Which digits are a card's in this stack, read where masking runs."""

from functools import cache

from fraud.payments.card_number import CardRule, card_rule
from fraud_stream.settings import Settings


class CardSettings(Settings):
    """Set alike for the job and for authorize_payment."""

    unionpay_without_check_digit: bool = False


@cache
def stack_card_rule() -> CardRule:
    """Return the rule of this process's environment. Raises pydantic's ValidationError, which names the variable."""
    return card_rule(unionpay_without_check_digit=CardSettings().unionpay_without_check_digit)
