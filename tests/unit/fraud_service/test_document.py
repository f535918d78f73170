from datetime import datetime
from decimal import Decimal

import msgspec
from google.api_core.datetime_helpers import DatetimeWithNanoseconds

from fraud_service.document import from_document, to_document
from tests.builders import NOON


class Kept(msgspec.Struct):
    at: datetime
    amount: Decimal
    moments: list[datetime] = []
    by_name: dict[str, datetime] = {}


def test_times_stay_times_and_amounts_become_exact_text() -> None:
    kept = Kept(NOON, Decimal("5000.10"), [NOON], {"a": NOON})
    assert to_document(kept) == {"at": NOON, "amount": "5000.10", "moments": [NOON], "by_name": {"a": NOON}}


def test_a_document_is_read_back_with_firestores_own_times() -> None:
    moment = DatetimeWithNanoseconds.from_rfc3339("2026-03-01T12:00:00.123456Z")
    plain = NOON.replace(microsecond=123456)
    document = {"at": moment, "amount": "5000.10", "moments": [moment], "by_name": {"a": moment}, "unknown": 1}
    kept = from_document(document, Kept)
    assert kept == Kept(plain, Decimal("5000.10"), [plain], {"a": plain})
    assert type(kept.at) is datetime
