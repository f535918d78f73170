from decimal import Decimal
from io import StringIO

from rich.console import Console

from infra.local.view.figures import Demonstrated
from infra.local.view.outcome import outcome

FOUND = Demonstrated(
    {"ACCEPTED": 3_400, "REJECTED": 12},
    [(f"FLAG_{number}", 1_000 - number, number) for number in range(20)],
    41,
    Decimal("20512.3"),
)


def screen(proof: str | None) -> list[str]:
    console = Console(file=StringIO(), width=80)
    console.print(outcome(FOUND, {"DASHBOARD_URL": "http://127.0.0.1:3000"}, proof))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_a_demo_ends_with_one_screen_of_80_columns() -> None:
    lines = screen(None)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "received 3,412: accepted 3,400  rejected 12" in text
    assert "41 payments, 20,512.30 USD" in text
    assert "http://127.0.0.1:3000/fraud-alerts" in text
    assert "Proved" in text


def test_what_is_not_proved_is_said() -> None:
    text = "\n".join(screen("1 of 9 checks found differences."))
    assert "NOT PROVED" in text
    assert "1 of 9 checks" in text
