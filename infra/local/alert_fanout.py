"""alert_fanout: the record of alerts and their incidents."""

from infra.local.function import Function


class AlertFanout(Function):
    """Pushed to by Pub/Sub."""

    name = "alert_fanout"
    needs = ("pubsub", "firestore")
