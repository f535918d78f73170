"""alert_fanout: the record of alerts and their incidents, and the channels that are told."""

from infra.local.functions.function import Function


class AlertFanout(Function):
    """Pushed to by Pub/Sub."""

    name = "alert_fanout"
    needs = ("pubsub", "firestore")

    def secrets(self) -> dict[str, str]:
        """Return the channels and what signs for them."""
        secrets = {
            "ALERT_CHANNELS": self.settings.alert_channels,
            "ALERT_CHANNEL_SECRETS": self.settings.alert_channel_secrets,
        }
        return {name: secret.get_secret_value() for name, secret in secrets.items() if secret}
