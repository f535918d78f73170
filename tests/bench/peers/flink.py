"""Flink SQL by PyFlink: state in RocksDB, incremental checkpoints; masking in Java, or in Python."""

from infra.local.machine.process import Command
from tests.bench.peers.environment import program, python
from tests.bench.peers.java import archive, java, provide_jars, write_rules
from tests.bench.peers.peer import Ground, Peer


class Flink(Peer):
    """Four slots in one JVM, a checkpoint every ten seconds; `mask` is the language of the masking function."""

    promises = "exactly once; ids kept two hours of processing time, not event time"

    def __init__(self, name: str, mask: str) -> None:
        self.name = name
        self.title = f"PyFlink SQL 2.2.1, {mask.capitalize()} function"
        self._mask = mask

    def prepare(self, ground: Ground) -> Command:
        """Compile the Java functions, and return the program."""
        interpreter, home = python("flink", ground), java(ground).resolve().parent.parent
        jars = provide_jars("flink", ground)
        libraries = interpreter.parent.parent.glob("lib/python*/site-packages/pyflink/lib/*.jar")
        own = archive("flink", (*jars, *sorted(libraries)), ground)
        return program(
            "flink",
            ground,
            "-m",
            "tests.bench.peers.programs.flink_job",
            MASK=self._mask,
            JARS=";".join(path.as_uri() for path in (own, *jars)),
            RULES=str(write_rules(ground)),
            PYTHON=str(interpreter),
            JAVA_HOME=str(home),
        )
