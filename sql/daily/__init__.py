"""What is made anew each day: in the cloud by a scheduled query, on a laptop by `python -m sql profiles`."""

from datetime import datetime
from pathlib import Path

from sql.schema import qualified
from sql.warehouse import Warehouse

FILE = Path(__file__).parent / "account_profiles.sql"


def midnight(moment: datetime) -> datetime:
    """Return the last midnight UTC before a moment, which has UTC's time zone."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def statements(as_of: str) -> list[str]:
    """Return the statements that build the profiles that stand at `as_of`, which is an expression of SQL.

    Repeated, they change nothing more.
    """
    return [part.strip() for part in FILE.read_text().replace("@as_of", as_of).split(";") if part.strip()]


def script(dataset: str) -> str:
    """Return them as BigQuery's scheduler runs them, names qualified with `dataset`."""
    return ";\n".join(qualified(one, dataset) for one in statements("timestamp_trunc(@run_time, day)"))


def build_profiles(warehouse: Warehouse, as_of: datetime) -> None:
    """Build the profiles that stand at a midnight. Raises GoogleAPIError when BigQuery refuses a statement."""
    for statement in statements(f"timestamp '{as_of.isoformat(sep=' ')}'"):
        warehouse.run(statement)
