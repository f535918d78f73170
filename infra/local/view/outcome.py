"""What came of a demo, on one screen of 80 columns: counts, which flags caught how much, and where to look."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table

from infra.local.view.figures import Demonstrated

_SHOWN = 8


def outcome(found: Demonstrated, environment: Mapping[str, str], proof: str | None) -> RenderableType:
    """Return the screen; `proof` is what was not proved, None where everything was."""
    counts = "  ".join(f"{name.lower()} {number:,}" for name, number in sorted(found.positions.items()))
    flags = Table("what raised alerts", "payments", "accounts")
    for flag, payments, accounts in found.flags[:_SHOWN]:
        flags.add_row(flag, f"{payments:,}", f"{accounts:,}")
    page = environment["DASHBOARD_URL"]
    return Group(
        f"received {sum(found.positions.values()):,}: {counts}",
        flags,
        f"Declined, by the issuer or by us: {found.declined:,} payments, {found.declined_usd:,.2f} USD.",
        "Proved: every position is stored once, every alert counted once."
        if proof is None
        else f"NOT PROVED:\n{proof}",
        f"Live alerts    {page}/fraud-alerts",
        f"Reviews        {page}/reviews",
        f"Health         {page}/health-board",
        "More addresses are in .local/env. `make down` stops all, `make clean` removes it.",
    )
