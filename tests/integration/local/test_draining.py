"""A stack that is stopped with alerts on their way loses none: the emulator would forget them."""

import os
import signal
from pathlib import Path
from threading import Timer

import pytest
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import PublisherOptions

from fraud.alerts.alert import encode_alert
from fraud_service.stores.bounded import BoundedFirestore
from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.stack.local_stack import LocalStack
from tests.builders import make_alert

ALERTS = [make_alert(transaction_id=f"TXN_{number}", sender_account_id=f"ACC_{number % 4}") for number in range(20)]


def test_alerts_on_their_way_are_recorded_before_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalStack(tmp_path, components=("alert_fanout", "automation_rules")) as stack:
        for name, value in stack.environment.items():
            monkeypatch.setenv(name, value)
        function = stack.pids["alert_fanout"]
        os.kill(function, signal.SIGSTOP)
        Timer(2.0, os.kill, (function, signal.SIGCONT)).start()
        AlertCache(stack.environment["REDIS_URL"]).write(ALERTS)
        with PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True)) as publisher:
            topic = publisher.topic_path(stack.settings.project, "fraud-alerts")
            sent = [publisher.publish(topic, encode_alert(one), one.sender_account_id) for one in ALERTS]
            for future in sent:
                future.result(20)

    with LocalStack(tmp_path, components=("firestore",)) as stack:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stack.environment["FIRESTORE_EMULATOR_HOST"])
        documents = BoundedFirestore(stack.settings.project)
        held = {one.id for name in ("alerts", "decisions") for one in documents.collection(name).stream(timeout=20)}
    assert held == {alert.transaction_id for alert in ALERTS}
