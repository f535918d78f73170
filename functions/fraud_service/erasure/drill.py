"""The erasure drill: `python -m fraud_service.erasure.drill` any time, and by the clock as the function erasure_drill.

A synthetic subject is planted in BigQuery and Firestore, erased through the public endpoint at ERASURE_URL, and looked
for in every store. The outcome is recorded in `erasure_drills` and logged; a failure is logged as an error, for an
alert, and ends with exit code 1 or an error answer. Its rows carry a topic of their own, so they can neither be taken
for payments nor be waited for.
"""

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from secrets import randbelow
from uuid import uuid4

import structlog
from flask import Request, Response
from pydantic import PositiveInt
from tenacity import RetryError, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from fraud.erasure.request import State
from fraud.erasure.view import ErasureView
from fraud.errors import FraudError, PermanentError, RetryableError
from fraud.payments.card_number import luhn_check_digit
from fraud.subjects.subject import Identifiers, Subject, named_subject
from fraud_service.clock import now
from fraud_service.erasure.client import ErasureApi
from fraud_service.http.answer import answer
from fraud_service.http.problem import ProblemError
from fraud_service.http.router import Endpoint
from fraud_service.keys import key_ring
from fraud_service.logs import configure_logging
from fraud_service.settings import Settings, Text
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents, reaching_firestore
from fraud_service.stores.warehouse import GREETING_LIMIT_S, warehouse
from fraud_service.subjects.stores import Stores

log = structlog.get_logger()

COLLECTION = "erasure_drills"
TOPIC = "erasure-drill"
NAME = "erasure-drill"
TEST_ISSUER = "400000"
"""Card numbers that begin so are used by payment systems for tests; no cardholder has one."""

PLANT_PAYMENT = """
insert into payment_transactions (transaction_id, event_time, amount, currency, sender_account_id,
  receiver_account_id, region, device_id, merchant_id, merchant_category, status, credit_card_masked, cvv_masked,
  card_expiry_masked, pii_hash, card_token, pii_key_version, kafka_topic, kafka_partition, kafka_offset,
  kafka_timestamp, ingested_at)
select @drill, @at, 1, 'USD', @drill, @drill, 'drill', 'drill', 'drill', '0000', 'DECLINED', 'XXXX-XXXX-XXXX-0000',
  'XXX', '01/XX', @token, @token, @version, @topic, 0, 0, @at, @at
"""
PLANT_AUDIT = """
insert into pii_masking_audit (transaction_id, pii_hash, card_token, pii_key_version, masking_timestamp,
  masking_reason, user_email, erasure_requested, disposition, kafka_topic, kafka_partition, kafka_offset,
  kafka_timestamp)
select @drill, @token, @token, @version, @at, 'DRILL', 'drill@example.org', false, 'ACCEPTED', @topic, 0, 0, @at
"""


PLANTED_IN = frozenset({"bigquery.payment_transactions", "bigquery.pii_masking_audit", "firestore.alerts"})


class DrillSettings(Settings):
    """Where the erasure is asked for, and how long it may take."""

    erasure_url: Text
    drill_minutes: PositiveInt = 15


def drill() -> dict[str, object]:
    """Plant, erase and look for a synthetic subject; return what was found. Raises FraudError where it fails."""
    settings, began, drill_id = DrillSettings(), now(), f"drill-{uuid4().hex}"
    card = synthetic_card()
    subject = named_subject(Identifiers(credit_card=card), key_ring())
    plant(subject, drill_id, began)
    stores = Stores.connected(TOPIC)
    if not stores.left(subject).keys() >= PLANTED_IN:
        raise PermanentError("the synthetic subject could not be found where it was planted")
    done = erase(settings, card)
    if left := stores.left(subject):
        raise PermanentError(f"something is left in {', '.join(left)}")
    seconds = (now() - began).total_seconds()
    return {"drill_id": drill_id, "request_id": done.request_id, "seconds": seconds}


def synthetic_card() -> str:
    """Return a valid card number that is nobody's."""
    digits = f"{TEST_ISSUER}{randbelow(10**9):09d}"
    return digits + luhn_check_digit(digits)


def plant(subject: Subject, drill_id: str, at: datetime) -> None:
    """Store what a payment of the subject would leave, under the newest key version."""
    token, version = subject.card_tokens[0], subject.key_versions[0]
    for statement in (PLANT_PAYMENT, PLANT_AUDIT):
        warehouse().run(statement, drill=drill_id, at=at, token=token, version=version, topic=TOPIC)
    alert = {"transaction_id": drill_id, "card_token": token, "pii_hash": token, "event_time": at}
    with reaching_firestore():
        documents().collection("alerts").document(drill_id).set(alert)


def erase(settings: DrillSettings, card: str) -> ErasureView:
    """Ask for the erasure as anyone does, and return it once it is completed."""
    api = ErasureApi(settings.erasure_url)
    retrying = Retrying(
        stop=stop_after_delay(timedelta(minutes=settings.drill_minutes)),
        wait=wait_fixed(0.5),
        retry=retry_if_result(lambda view: view.state != State.COMPLETED) | retry_if_exception_type(RetryableError),
    )
    try:
        accepted = api.erase({"credit_card": card}, NAME)
        done: ErasureView = retrying(api.erasure, accepted.request_id, NAME)
    except ProblemError as problem:
        reason = f"the endpoint refuses: {problem.detail}"
    except RetryError:
        reason = "the erasure was not completed in time"
    else:
        return done
    raise PermanentError(reason)


def hold() -> dict[str, object]:
    """Run a drill, log how it went, record that and return it; whatever goes wrong is a failed drill.

    Raises RetryableError where it cannot be recorded.
    """
    at = now()
    try:
        outcome: dict[str, object] = {"passed": True, **drill()}
        log.info("erasure_drill_passed", **outcome)
    except Exception as error:  # noqa: BLE001  the clock's caller reads no traceback: only the log line is alarmed on
        reason = str(error) if isinstance(error, FraudError) else type(error).__name__
        outcome = {"passed": False, "reason": reason}
        log.error("erasure_drill_failed", reason=reason)  # noqa: TRY400  the reason is all there is to tell
    with reaching_firestore():
        documents().collection(COLLECTION).document(f"{at:%Y%m%dT%H%M%S%f}").set({"at": at, **outcome})
    return outcome


def answer_clock(_request: Request) -> Response:
    """Run a drill, whatever the body says. Raises ProblemError 500 where it fails, so that the clock's job shows it."""
    outcome = hold()
    if not outcome["passed"]:
        raise ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, f"the drill failed: {outcome['reason']}")
    return answer(outcome)


def check_ready() -> None:
    """Make a first call to every store; raises what that raises."""
    cache_client().ping()
    documents().collection(COLLECTION).document("ready").get()
    warehouse().greet(GREETING_LIMIT_S)


ROUTES: Mapping[str, Endpoint] = {"POST /": answer_clock}


def main() -> int:
    """Run a drill; 0 where it went well."""
    configure_logging()
    return 0 if hold()["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
