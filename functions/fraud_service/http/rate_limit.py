"""How often one caller may ask in a minute, counted in Redis for all processes together."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import redis
import structlog

from fraud_service.http.problem import ProblemError

log = structlog.get_logger()

WINDOW_S = 60


@dataclass(frozen=True)
class RateLimit:
    """At most `most` requests of one caller in each minute of the clock, for one purpose."""

    client: redis.Redis
    purpose: str
    most: int

    def check(self, caller: str, now: datetime) -> None:
        """Count a request. Raises ProblemError 429 beyond the limit.

        While Redis is down requests pass: a subject's right does not depend on a cache.
        """
        minute, passed = divmod(int(now.timestamp()), WINDOW_S)
        name = hashlib.sha256(caller.encode()).hexdigest()[:32]
        key = f"rate:{self.purpose}:{name}:{minute}"
        try:
            with self.client.pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, 2 * WINDOW_S)
                count, _ = pipeline.execute()
        except redis.RedisError as error:
            log.warning("rate_not_limited", error=type(error).__name__)
            return
        if int(count) > self.most:
            wait = {"Retry-After": str(WINDOW_S - passed)}
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, f"more than {self.most} requests a minute", None, wait)
