"""Structured logs, one JSON object a line with severity, as Cloud Logging reads them; never what a message carried."""

import structlog
from structlog.typing import EventDict


def configure_logging() -> None:
    """Write log lines as JSON with severity and UTC time to standard output."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.EventRenamer("event"),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _severity,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )


def _severity(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Name the level as Cloud Logging does."""
    return {"severity": event.pop("level").upper(), **event}
