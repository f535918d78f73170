"""A number planted in the files of real servers, whose formats pack it, is found: Redis, DuckDB."""

import subprocess
from pathlib import Path

import redis

from infra.local.servers import bqemulator
from infra.local.servers.bigquery import BigQuery
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from tests.builders import CARD
from tests.card_scan.scan import scan

CREATE = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("create table payments as select range as id, 'nothing' as note from range(100000)")
connection.execute("insert into payments values (1, 'card ' || ?)", [sys.argv[2]])
connection.execute("checkpoint")
"""


def test_in_a_redis_dump(redis_server: Redis, local_stack: LocalStack) -> None:
    del redis_server
    folder = local_stack.workspace.data("redis")
    with redis.Redis.from_url(local_stack.environment["REDIS_URL"]) as client:
        client.set("card-scan", "card 4111 card 4111 1111 " * 8 + f"card {CARD} ")
        try:
            client.save()
            found = [one for one in scan(folder) if one.way.endswith("!rdb")]
        finally:
            client.delete("card-scan")
            client.save()
    assert [one.finding.shown for one in found if one.finding] == [f"…{CARD[-4:]}"]


def test_in_a_duckdb_file(bigquery: BigQuery, tmp_path: Path) -> None:
    python = bqemulator.environment_folder(bigquery.settings.cache) / "bin" / "python"
    file = tmp_path / "planted.duckdb"
    subprocess.run([str(python), "-c", CREATE, str(file), CARD], check=True)  # noqa: S603  our own words
    assert "!duckdb" in {one.way for one in scan(tmp_path)}
