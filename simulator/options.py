"""The options of the command line, as types that a command's parameters carry."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from simulator.messages.truth import Label
from simulator.stories.base_rate import BaseRate

TOPIC = "payment-events"


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no RFC 3339 time such as 2026-11-22T09:00:00Z") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text} lacks its offset from UTC: add a Z, or +01:00 and the like")
    return moment.astimezone(UTC)


Scenario = Annotated[Label, typer.Option(help="What happens besides ordinary payments.")]
BaseRateOption = Annotated[
    BaseRate | None,
    typer.Option("--base-rate", help="Mix in attacks, and habits that look like them, as often as there."),
]
Rate = Annotated[float, typer.Option(min=0, help="Messages a second, on average over the run.")]
Duration = Annotated[float, typer.Option(min=0, help="Seconds of events; a scenario is always played to its end.")]
Count = Annotated[int | None, typer.Option(min=1, help="Exact number of messages, instead of a duration.")]
Background = Annotated[
    float | None, typer.Option(min=0, help="Ordinary messages a second under a scenario (default: --rate); 0 for none.")
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed and start give the same bytes in the same order.")]
Start = Annotated[
    datetime | None,
    typer.Option(
        parser=instant,
        metavar="RFC3339",
        help="Time of the first event (default: now, or with --no-pace so that the last event is now).",
    ),
]
Accounts = Annotated[int | None, typer.Option(help="Accounts that pay (default: 3600 x rate, so each about hourly).")]
Duplicates = Annotated[float, typer.Option(help="Share of messages that repeat a recent one, byte for byte.")]
Late = Annotated[float, typer.Option(help="Share of payments dated two hours back.")]
Malformed = Annotated[float, typer.Option(help="Share of messages that are no valid payment.")]
Pace = Annotated[bool, typer.Option("--pace/--no-pace", help="Send each event when it is due, or all at once.")]
Authorize = Annotated[
    bool,
    typer.Option("--authorize", help="Ask authorize_payment, at AUTHORIZE_URL, before each charge: a closed loop."),
]
Topic = Annotated[str, typer.Option(help="Kafka topic.")]
LedgerFile = Annotated[
    Path | None,
    typer.Option("--ledger", dir_okay=False, help="Write what each delivered message is, and where, as NDJSON."),
]
EventFile = Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="NDJSON; - for standard input.")]
