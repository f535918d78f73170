"""What the job makes of a Pub/Sub that fails, refuses or says nothing; what it takes stands in order per account."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import grpc
import pytest
from google.api_core.exceptions import DeadlineExceeded, ServiceUnavailable
from google.pubsub_v1.types import PublishRequest, PublishResponse
from grpc import StatusCode

from fraud.alerts.alert import decode_alert
from fraud_stream.sinks.alert_topic import AlertTopic
from fraud_stream.sinks.answers import MissingRightError
from fraud_stream.sinks.patience import Patience
from tests.builders import make_alert

PATIENT = Patience(answer_s=3, outage_s=60, quota_s=60, quota_waits_s=(0.01, 0.05))
IMPATIENT = Patience(answer_s=0.5, outage_s=1, quota_s=1, quota_waits_s=(0.01, 0.05))
ALERTS = [
    make_alert(transaction_id=f"TXN_{number}", sender_account_id=f"ACC_{number % 3}", velocity_60s=4)
    for number in range(9)
]

Fault = Callable[["Topic", grpc.ServicerContext], None]


class Topic:
    """A topic that keeps transaction ids by account, after one fault for each of the first requests."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.held: dict[str, list[str]] = {}
        self.ended = Event()
        self._lock = Lock()

    def publish(self, request: PublishRequest, context: grpc.ServicerContext) -> PublishResponse:
        """Publish."""
        with self._lock:
            fault = self.faults.pop(0) if self.faults else None
        if fault:
            fault(self, context)
        with self._lock:
            for message in request.messages:
                alert = decode_alert(message.data)
                self.held.setdefault(message.ordering_key, []).append(alert.transaction_id)
        return PublishResponse(message_ids=["1"] * len(request.messages))


def refusing(code: StatusCode) -> Fault:
    """Answer with an error."""
    return lambda _topic, context: context.abort(code, "not now")


def silent(topic: Topic, context: grpc.ServicerContext) -> None:
    """Take the request and never answer."""
    topic.ended.wait()
    context.abort(StatusCode.CANCELLED, "ended")


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[Topic]:
    """A topic on a server of its own."""
    topic = Topic()
    handler = grpc.unary_unary_rpc_method_handler(topic.publish, PublishRequest.deserialize, PublishResponse.serialize)
    with ThreadPoolExecutor(50) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", {"Publish": handler}),)
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
        try:
            yield topic
        finally:
            topic.ended.set()
            server.stop(None).wait()


def in_order(held: list[str]) -> list[str]:
    """Return the ids by their first arrival: what came again is a repetition."""
    return list(dict.fromkeys(held))


@pytest.mark.parametrize(
    "fault",
    [refusing(StatusCode.UNAVAILABLE), refusing(StatusCode.INTERNAL), refusing(StatusCode.RESOURCE_EXHAUSTED), silent],
    ids=["away", "broken", "quota", "silent"],
)
def test_what_passes_is_waited_out_in_order(topic: Topic, fault: Fault) -> None:
    topic.faults = [fault] * 4
    AlertTopic("p", "alerts", PATIENT).publish(ALERTS)
    assert {account: in_order(held) for account, held in topic.held.items()} == {
        f"ACC_{account}": [f"TXN_{number}" for number in range(account, 9, 3)] for account in range(3)
    }


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (
            refusing(StatusCode.PERMISSION_DENIED),
            MissingRightError,
            r"FORBIDDEN for projects/p/topics/alerts: .*publish",
        ),
        (refusing(StatusCode.UNAUTHENTICATED), MissingRightError, r"pubsub\.topics\.publish"),
        (refusing(StatusCode.UNAVAILABLE), ServiceUnavailable, "not now"),
        (silent, DeadlineExceeded, "Deadline"),
    ],
    ids=["no right", "nobody", "away for good", "silent for good"],
)
def test_what_does_not_pass_says_why(topic: Topic, fault: Fault, error: type[Exception], words: str) -> None:
    topic.faults = [fault] * 999
    with pytest.raises(error, match=words):
        AlertTopic("p", "alerts", IMPATIENT).publish(ALERTS)


def test_a_publisher_goes_on_after_a_failure(topic: Topic) -> None:
    alerts = AlertTopic("p", "alerts", PATIENT)
    topic.faults = [refusing(StatusCode.PERMISSION_DENIED)] * 3
    with pytest.raises(MissingRightError):
        alerts.publish(ALERTS)
    topic.faults = []
    alerts.publish(ALERTS)
    assert in_order(topic.held["ACC_0"]) == ["TXN_0", "TXN_3", "TXN_6"]
