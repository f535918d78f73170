import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.classifier.features import COLUMNS, FEATURES, NAMES, category_group, features_of
from tests.unit.fraud_stream.classifier.payments import some_payments

IDENTIFIERS = {"status", "user_email", "ip_address", "region", "currency", "transaction_id", "bin_token"}


def test_no_feature_reads_an_identifier_a_token_or_the_payments_own_status() -> None:
    read = set(COLUMNS)
    assert read.isdisjoint(IDENTIFIERS)
    assert not [name for name in read if name.endswith(("_id", "_token", "_hash", "_masked"))]


IN_WORDS = {
    "velocity_60s": (5.0, "payments of the account in 60 s: 5"),
    "velocity_5m": (7.0, "payments of the account in 5 minutes: 7"),
    "geographic_risk": (1.0, "another region than before: yes"),
    "device_risk": (0.0, "three or more devices in 5 minutes: no"),
    "amount_usd": (123456.0, "amount: 1,234.56 USD"),
    "event_time": (0.0, "hour of the day, UTC: 0"),
    "merchant_category": (9.0, "group of the merchant's category: money, gambling"),
    "card_count_1h": (6.0, "payments of the card in an hour: 6"),
    "card_accounts_1h": (1.0, "accounts that paid with the card in an hour: 1"),
    "card_small_1h": (3.0, "earlier payments of the card of at most 2 USD in an hour: 3"),
    "card_declines_1h": (2.0, "earlier declines of the card in an hour: 2"),
    "card_usd_1h": (1050.0, "paid with the card in an hour: 10.50 USD"),
    "account_usd_1h": (0.0, "paid by the account in an hour: 0.00 USD"),
    "device_cards_1h": (4.0, "cards on the device in an hour: 4"),
    "device_accounts_1h": (1.0, "accounts on the device in an hour: 1"),
    "network_test_cards_10m": (12.0, "cards tried from the network in 10 minutes: 12"),
    "merchant_test_cards_10m": (np.nan, "cards tried at the merchant in 10 minutes: unknown"),
    "merchant_declined_10m": (3.0, "cards declined at the merchant in 10 minutes: 3"),
    "bin_test_cards_10m": (20.0, "cards of the issuer's range tried in 10 minutes: 20"),
    "bin_declined_10m": (np.nan, "cards of the issuer's range declined in 10 minutes: unknown"),
    "amount_to_mean_1h": (12.0, "amount beside the card's mean of an hour: 12 times"),
    "merchant_declined_share": (0.455, "share of cards tried at the merchant that were declined: 46%"),
    "bin_declined_share": (1.0, "share of cards of the range that were declined: 100%"),
}


def test_every_feature_is_told_in_words_of_its_own() -> None:
    assert {feature.name: feature.told(IN_WORDS[feature.name][0]) for feature in FEATURES} == {
        name: words for name, (_, words) in IN_WORDS.items()
    }
    assert len({feature.words for feature in FEATURES}) == len(FEATURES)


def test_whatever_a_payment_is_its_features_can_be_told() -> None:
    for row in features_of(some_payments(200)):
        assert all(feature.told(value) for feature, value in zip(FEATURES, row, strict=True))


def test_a_feature_reads_only_what_it_names() -> None:
    for feature in FEATURES:
        feature.value({name: np.ones(3) for name in feature.columns})


@given(st.integers(0, 1_999), st.integers(1, 100))
def test_a_slice_has_bit_for_bit_the_features_of_the_whole(start: int, length: int) -> None:
    payments = some_payments()
    whole, part = features_of(payments), features_of(payments.slice(start, length))
    assert part.tobytes() == whole[start : start + length].tobytes()


def test_chunks_make_no_difference() -> None:
    payments = some_payments()
    chunked = pa.concat_tables([payments.slice(0, 700), payments.slice(700)])
    assert features_of(chunked).tobytes() == features_of(payments).tobytes()


def test_money_is_in_whole_cents_and_time_is_an_hour() -> None:
    features = features_of(some_payments(50))
    for name in ("amount_usd", "card_usd_1h", "account_usd_1h", "event_time"):
        column = features[:, NAMES.index(name)]
        assert np.array_equal(column, np.rint(column))
    assert features[:, NAMES.index("event_time")].max() < 24


def test_what_is_null_is_unknown_to_the_trees() -> None:
    payments = some_payments()
    column = features_of(payments)[:, NAMES.index("bin_declined_10m")]
    assert np.isnan(column).sum() == payments["bin_declined_10m"].null_count > 0


@pytest.mark.parametrize(
    ("category", "group"), [(5411, 1), (5814, 2), (4111, 4), (3005, 5), (5815, 6), (5732, 7), (6051, 9), (742, 0)]
)
def test_categories_are_grouped(category: int, group: int) -> None:
    assert category_group(category) == group


def test_no_payments_have_no_features() -> None:
    assert features_of(some_payments().slice(0, 0)).shape == (0, len(NAMES))
