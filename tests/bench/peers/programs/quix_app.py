"""The job's work as a Quix Streams application: state in RocksDB with changelog topics, at least once."""

import os
from pathlib import Path
from typing import Any

from quixstreams import Application, State, message_context

from tests.bench.peers.programs.account import Account
from tests.bench.peers.programs.masking import Charge, masked, newest_key


def main() -> None:
    """Run until stopped."""
    key = newest_key()
    results = Path(os.environ["RESULTS"], "results.csv").open("w", buffering=1)  # noqa: SIM115 - as long as the process
    application = Application(
        os.environ["SERVERS"],
        consumer_group="quix",
        auto_offset_reset="earliest",
        state_dir=os.environ["STATE"],
        loglevel="WARNING",
        # Its messages of 5 MB: librdkafka's default stops at 1 MB a partition only where a record fits.
        consumer_extra_config={"fetch.message.max.bytes": 8_388_608},
    )

    def mask(value: bytes | None, _key: object, timestamp: int, _headers: object) -> Charge | None:
        context = message_context()
        return masked(key, value, timestamp, context.partition, context.offset)

    def take(charge: Charge, state: State) -> str | None:
        kept: list[Any] = state.get("account", [{}, [], [], []])
        account = Account(*kept)
        line = account.take(charge)
        if line:
            state.set("account", [account.ids, account.at, account.regions, account.devices])
        return line

    payments = application.dataframe(application.topic(os.environ["TOPIC"], value_deserializer="bytes"))
    payments = payments.apply(mask, metadata=True).filter(bool).apply(take, stateful=True).filter(bool)
    payments.update(lambda line: results.write(f"{line}\n"))
    application.run()


if __name__ == "__main__":
    main()
