"""Scored payments as the classifier meets them."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa

from fraud_stream.classifier.features import COLUMNS, NAMES, Floats

_DECIMALS = {"amount_usd", "card_usd_1h", "account_usd_1h"}
_NULL_UNLESS_TEST_LIKE = {name for name in COLUMNS if name.endswith("_10m")}


def some_payments(count: int = 2_000, seed: int = 3) -> pa.Table:
    """Return payments of every kind, as they stand in the fraud table."""
    rng = np.random.default_rng(seed)
    columns = {name: _column(name, rng, count) for name in COLUMNS}
    return pa.table(
        {
            **columns,
            "transaction_id": pa.array([f"T{number}" for number in range(count)]),
            "is_velocity_fraud": pa.array(np.asarray(columns["velocity_60s"]) > 3),
            "features_complete": pa.array(rng.random(count) < 0.9),
        }
    )


def _column(name: str, rng: np.random.Generator, count: int) -> pa.Array:
    if name in _DECIMALS:
        cents = rng.integers(1, 10**7, count).tolist()
        return pa.array([Decimal(number).scaleb(-2) for number in cents], pa.decimal128(38, 9))
    if name == "event_time":
        moments = rng.integers(0, 86_400, count).tolist()
        return pa.array(
            [datetime.fromtimestamp(1_800_000_000 + second, UTC) for second in moments], pa.timestamp("us", "UTC")
        )
    if name == "merchant_category":
        return pa.array(rng.choice(["5411", "5815", "4111", "0742"], count).tolist())
    if name.endswith("_risk"):
        return pa.array(rng.random(count) < 0.2)
    mask = rng.random(count) < 0.5 if name in _NULL_UNLESS_TEST_LIKE else None
    return pa.array(rng.integers(1, 9, count), mask=mask)


def doubtful(features: Floats) -> Floats:
    """Return a made-up truth that a model can learn: small and fast is fraud."""
    fast = features[:, NAMES.index("velocity_60s")] > 3
    is_fraud: Floats = (fast & (features[:, NAMES.index("amount_usd")] < 5_000_000)).astype(np.float64)
    return is_fraud
