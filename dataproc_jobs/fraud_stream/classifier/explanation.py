"""Why a payment is probably fraud, or probably not: the features that moved the classifier most, in words.

Words are made from one payment's features alone, so a batch that comes again, or is cut otherwise, tells the same.
"""

import numpy as np

from fraud_stream.classifier.features import FEATURES, Floats
from fraud_stream.classifier.model import Model

MOST = 5


def explained(model: Model, features: Floats) -> list[list[str]]:
    """Return for each row the strongest contributions, such as `payments of the account in 60 s: 5 (for fraud, 2.41)`.

    At most `MOST`, the strongest first; the figure is what the value adds to the log-odds of fraud, or takes from them.
    """
    return [_lines(*row) for row in zip(features, model.contributions(features), strict=True)] if len(features) else []


def _lines(values: Floats, parts: Floats) -> list[str]:
    strongest = np.argsort(-np.abs(parts), kind="stable")[:MOST]
    return [_line(FEATURES[index].told(values[index]), parts[index]) for index in strongest if parts[index]]


def _line(told: str, part: float) -> str:
    return f"{told} ({'for' if part > 0 else 'against'} fraud, {abs(part):.2f})"
