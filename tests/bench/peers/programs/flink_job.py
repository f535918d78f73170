"""The job's work in Flink SQL (flink_payments.sql), run by PyFlink on a cluster within one JVM.

Masking is a Java function, or with MASK=python the product's own code as a Python function.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import FunctionContext, TableFunction, udtf

_SETTINGS = {
    "parallelism.default": "4",  # the topic's partitions, so that each has a watermark of its own
    "execution.checkpointing.interval": "10 s",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    "state.backend.type": "rocksdb",
    "execution.checkpointing.incremental": "true",
    "table.exec.state.ttl": "2 h",
    "table.local-time-zone": "UTC",
    "pipeline.object-reuse": "true",
    "taskmanager.numberOfTaskSlots": "4",
    "python.executable": os.environ["PYTHON"],
}


class Mask(TableFunction):  # type: ignore[misc]  # PyFlink has no types here
    """Parses, checks and masks a record with the product's own code."""

    def open(self, function_context: FunctionContext) -> None:
        """Read the key."""
        from tests.bench.peers.programs.masking import newest_key  # noqa: PLC0415 - in the worker, where it is used

        self._key = newest_key()

    def eval(self, value: bytes | None, appended: datetime) -> Iterator[tuple[object, ...]]:
        """Yield what is left, and nothing where it is rejected or late."""
        from tests.bench.peers.programs.masking import masked, milliseconds  # noqa: PLC0415 - as above

        charge = masked(self._key, value, milliseconds(appended), 0, 0)
        if charge:
            yield charge[2:]


def main() -> None:
    """Run to the topic's present end."""
    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    state = Path(os.environ["STATE"]).as_uri()
    settings = {"pipeline.jars": os.environ["JARS"], "execution.checkpointing.dir": state, **_SETTINGS}
    for name, setting in settings.items():
        environment.get_config().set(name, setting)
    _register(environment)
    for statement in _statements():
        result = environment.execute_sql(statement)
    result.wait()


def _register(environment: TableEnvironment) -> None:
    environment.execute_sql("create temporary function event_clock as 'peers.flink.EventClock' language java")
    if os.environ["MASK"] == "java":
        environment.execute_sql("create temporary function mask as 'peers.flink.Mask' language java")
        return
    text, whole = DataTypes.STRING(), DataTypes.BIGINT()
    types = [text, text, whole, text, text, DataTypes.BOOLEAN(), text]
    environment.create_temporary_function("mask", udtf(Mask(), result_types=types))


def _statements() -> list[str]:
    rules = msgspec.json.decode(Path(os.environ["RULES"]).read_bytes())
    figures = {**rules["score"], "critical": rules["critical_velocity"], "normal": rules["max_normal_velocity"]}
    places = {name: os.environ[name.upper()] for name in ("servers", "topic", "results")}
    script = Path(__file__).with_name("flink_payments.sql").read_text()
    return script.format(**figures, **places, many_devices=rules["many_devices"]).strip().rstrip(";").split(";\n\n")


if __name__ == "__main__":
    main()
