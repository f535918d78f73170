"""Many events judged at once, by column.

The columns tell which events are surely payments, and what their fields mean. Whatever they do not tell is judged by
itself: `fraud.payments.event.judge` alone decides that an event is none, and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from fraud.payments.card_number import CardRule, is_card
from fraud.payments.disguise import CARD_RUN
from fraud.payments.event import (
    SEARCHED_TEXT,
    STORED_TEXT,
    InvalidPaymentError,
    Payment,
    PaymentEvent,
    card_number_field,
    judge,
)
from fraud.payments.form import LONGEST_ADDRESS, LONGEST_NAME, NAMES, PATTERNS
from fraud.payments.ip_network import IPV4, ip_network
from fraud.payments.money import MAX_INTEGER_DIGITS, MINOR_DIGITS
from fraud_stream.stages.card_column import FEWEST_DIGITS, first_digits, has_digits, read_cards
from fraud_stream.stages.octets import Mask, Octets

TIMESTAMP = pa.timestamp("us", tz="UTC")
AMOUNT = pa.decimal128(18, 3)
"""Exact for every payable amount (15 whole digits, at most 3 minor ones), and narrow enough to multiply."""

_MEANINGS = ("event_time", "amount", "card_digits", "ip_network")
_FIELDS = PaymentEvent.__struct_fields__
_DECIMALS = 3
_PLAIN_AMOUNT = rf"^[0-9]{{1,{MAX_INTEGER_DIGITS}}}(?:\.[0-9]{{1,{_DECIMALS}}})?$"
_SHAPES = {field: f"^(?:{pattern})$" for field, pattern in PATTERNS.items() if field != "event_time"}
_CURRENCIES = pa.array(list(MINOR_DIGITS))
# what an amount in thousandths is a multiple of; the last stands for no currency
_STEPS = np.array([10 ** (_DECIMALS - digits) for digits in MINOR_DIGITS.values()] + [1])
_MONTH_DAY = (
    r"(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8])"
)
_LEAP_YEAR = r"[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|\+00:00)"
_MOMENT = rf"^(?:[1-9][0-9]{{3}}-(?:{_MONTH_DAY})|(?:{_LEAP_YEAR})-02-29)T{_CLOCK}$"
"""Times that Arrow reads without fail: of years from 1000 on, in the calendar."""


@dataclass(frozen=True)
class Judged:
    """Events by column: `texts` as they came, what the others mean, and why those by number in `refused` are none."""

    texts: dict[str, pa.Array]
    event_time: pa.Array
    amount: pa.Array
    card_digits: pa.Array
    ip_network: pa.Array
    refused: Mapping[int, InvalidPaymentError]

    @property
    def accepted(self) -> "Judged":
        """The payments alone."""
        if not self.refused:
            return self
        kept = np.ones(len(self.event_time), np.bool_)
        kept[list(self.refused)] = False
        mask = pa.array(kept)
        texts = {name: column.filter(mask) for name, column in self.texts.items()}
        meanings = {name: getattr(self, name).filter(mask) for name in _MEANINGS}
        return replace(self, texts=texts, refused={}, **meanings)


def judge_all(events: Sequence[PaymentEvent], is_card: CardRule = is_card) -> Judged:
    """Return what `judge` says of each event, by the stack's rule of what a card is."""
    fields = dict(
        zip(_FIELDS, zip(*map(astuple, events), strict=True) if events else ((),) * len(_FIELDS), strict=True)
    )
    written = fields.pop("amount")
    texts = {name: pa.array(column, pa.string()) for name, column in fields.items()}
    event_time, has_time = _times(texts["event_time"])
    amount, has_amount = _amounts(list(map(bytes, written)), texts["currency"])
    digits, has_card = read_cards(texts["credit_card"])
    network, has_network = _networks(texts["ip_address"])
    is_sure = has_time & has_amount & has_card & has_network & _is_well_formed(texts)
    is_sure &= ~_smuggles(events, digits, is_sure & _may_smuggle(texts, digits))
    found = Judged(texts, event_time, amount, digits, network, {})
    return found if is_sure.all() else _with_doubts_settled(found, events, ~is_sure, is_card)


def _is_well_formed(texts: Mapping[str, pa.Array]) -> Mask:
    is_fine = Octets(texts["user_email"]).lengths <= LONGEST_ADDRESS
    for name in NAMES:
        lengths = Octets(texts[name]).lengths  # in bytes: never less than in characters
        is_fine &= (lengths >= 1) & (lengths <= LONGEST_NAME)
    for field, pattern in _SHAPES.items():
        is_fine &= _matches(texts[field], pattern)
    return is_fine


def _matches(column: pa.Array, pattern: str) -> Mask:
    found: Mask = pc.match_substring_regex(column, pattern).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _where(column: pa.Array, mask: Mask) -> pa.Array:
    """Return a column with null where the mask is not set."""
    return column if mask.all() else pc.if_else(pa.array(mask), column, pa.scalar(None, column.type))


def _times(written: pa.Array) -> tuple[pa.Array, Mask]:
    is_moment = _matches(written, _MOMENT)
    return _where(written, is_moment).cast(TIMESTAMP), is_moment


def _amounts(written: Sequence[bytes], currency: pa.Array) -> tuple[pa.Array, Mask]:
    texts = pa.array(written, pa.binary()).cast(pa.string())
    is_plain = _matches(texts, _PLAIN_AMOUNT)
    amounts = _where(texts, is_plain).cast(AMOUNT)
    places = pc.index_in(currency, _CURRENCIES).fill_null(len(_CURRENCIES)).to_numpy()
    thousandths = np.frombuffer(amounts.buffers()[1] or b"", np.int64)[::2]  # the low halves of 128 bits
    is_payable = (thousandths > 0) & (thousandths % _STEPS[places] == 0)
    return amounts, is_plain & is_payable & (places < len(_CURRENCIES))


def _networks(written: pa.Array) -> tuple[pa.Array, Mask]:
    is_v4 = _matches(written, f"^{IPV4}$")
    networks = pc.binary_join_element_wise(pc.ascii_rtrim(written, "0123456789"), "0/24", "")
    if not is_v4.all():
        others = written.filter(pa.array(~is_v4)).to_numpy(zero_copy_only=False)
        networks = pc.replace_with_mask(networks, pa.array(~is_v4), pa.array(map(ip_network, others), pa.string()))
    return networks, networks.is_valid().to_numpy(zero_copy_only=False)


def _may_smuggle(texts: Mapping[str, pa.Array], card_digits: pa.Array) -> Mask:
    """Tell of each row whether a field that is stored could hold a card number: what could not is sure.

    Of a row's digits in a field, eight in a row must be those its card begins with, or thirteen stand together but for
    what is no letter. Other scripts are not read here.
    """
    beginnings = first_digits(card_digits)
    may = np.zeros(len(card_digits), np.bool_)
    for name in STORED_TEXT:
        octets = Octets(texts[name])
        if not octets.is_ascii:
            may |= octets.count(octets.is_foreign) > 0
        if octets.count(octets.is_digit).max(initial=0) >= FEWEST_DIGITS:
            may |= has_digits(octets, beginnings)
            if name in SEARCHED_TEXT:
                may |= _matches(texts[name], CARD_RUN)
    return may


def _smuggles(events: Sequence[PaymentEvent], card_digits: pa.Array, may: Mask) -> Mask:
    """Look into the rows that may, one by one."""
    numbers = card_digits.filter(pa.array(may)).to_numpy(zero_copy_only=False)
    smuggles = np.zeros(len(events), np.bool_)
    for row, digits in zip(np.flatnonzero(may).tolist(), numbers, strict=True):
        smuggles[row] = card_number_field(events[row], digits) is not None
    return smuggles


def _with_doubts_settled(found: Judged, events: Sequence[PaymentEvent], is_doubtful: Mask, is_card: CardRule) -> Judged:
    refused: dict[int, InvalidPaymentError] = {}
    payments: list[Payment | None] = []
    for row in np.flatnonzero(is_doubtful).tolist():
        try:
            payments.append(judge(events[row], is_card))
        except InvalidPaymentError as error:
            refused[row] = error
            payments.append(None)
    mask = pa.array(is_doubtful)

    def settled(column: pa.Array, name: str) -> pa.Array:
        values = [payment and getattr(payment, name) for payment in payments]
        return pc.replace_with_mask(column, mask, pa.array(values, column.type))

    meanings = {name: settled(getattr(found, name), name) for name in _MEANINGS}
    return replace(found, refused=refused, **meanings)
