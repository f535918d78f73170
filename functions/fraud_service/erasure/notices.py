"""The topic `erasures`: whoever keeps copies of alerts is told what to delete."""

from collections.abc import Sequence

import msgspec

from fraud.erasure.notice import ErasureNotice
from fraud.errors import RetryableError
from fraud_service.pubsub.topic import PUBLISH_TIMEOUT_S, begin_publishing

TOPIC = "erasures"


def publish_notices(notices: Sequence[ErasureNotice]) -> None:
    """Publish notices and wait until Pub/Sub holds them; repeated, they are told again.

    Raises RetryableError where it does not hold them all.
    """
    sent = [begin_publishing(TOPIC, msgspec.json.encode(one), request_id=one.request_id) for one in notices]
    for future in sent:
        try:
            future.result(2 * PUBLISH_TIMEOUT_S)
        except Exception as error:
            raise RetryableError(f"Pub/Sub does not answer: {type(error).__name__}") from error
