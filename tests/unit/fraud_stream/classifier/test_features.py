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


def test_every_feature_has_a_name_of_its_own_and_words() -> None:
    assert len(set(NAMES)) == len(FEATURES)
    assert all(feature.words for feature in FEATURES)


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
