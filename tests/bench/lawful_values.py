"""`python -m tests.bench.lawful_values`: how many lawful values of each kind the search for card numbers would refuse.

Seeded random values of the kinds that gateways send; prints one JSON object: the share refused of each kind, by field.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Annotated
from uuid import UUID

import typer

from fraud.payments.card_number import luhn_check_digit
from fraud.payments.disguise import holds_card_number


def main(values: Annotated[int, typer.Option(help="Values of each kind.")] = 100_000) -> None:
    """Count."""
    chance = Random(7)  # noqa: S311  no secrets
    shares = {
        field: {kind: refused(make, chance, values) for kind, make in kinds.items()} for field, kinds in KINDS.items()
    }
    typer.echo(json.dumps({"values": values, "share_refused": shares}))


def refused(make: Callable[[Random], str], chance: Random, values: int) -> float:
    """Return the share of values in which a card number is seen."""
    return sum(holds_card_number(make(chance)) for _ in range(values)) / values


def _digits(chance: Random, count: int) -> str:
    return f"{chance.randrange(10**count):0{count}}"


def _uuid(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _imei(chance: Random) -> str:
    body = chance.choice(("35", "86", "01")) + _digits(chance, 12)
    return body + luhn_check_digit(body)


KINDS: dict[str, dict[str, Callable[[Random], str]]] = {
    "device_id": {
        "UUID": _uuid,
        "16 hexadecimal digits": lambda chance: f"{chance.getrandbits(64):016x}",
        "64 hexadecimal digits": lambda chance: f"{chance.getrandbits(256):064x}",
        "IMEI": _imei,
        "MAC address": lambda chance: ":".join(f"{chance.getrandbits(8):02x}" for _ in range(6)),
        "16 decimal digits": lambda chance: _digits(chance, 16),
        "19 decimal digits": lambda chance: _digits(chance, 19),
        "20 decimal digits": lambda chance: _digits(chance, 20),
    },
    "merchant_id": {
        "15 decimal digits": lambda chance: _digits(chance, 15),
        "12 decimal digits": lambda chance: _digits(chance, 12),
        "a letter and 14 digits": lambda chance: "M" + _digits(chance, 14),
        "order number, day and six digits": lambda chance: f"202611{chance.randrange(1, 31):02}{_digits(chance, 6)}",
        "order number, day-six-two digits": lambda chance: (
            f"202611{chance.randrange(1, 31):02}-{_digits(chance, 6)}-{_digits(chance, 2)}"
        ),
        "milliseconds since 1970": lambda chance: str(1_764_000_000_000 + chance.randrange(10**11)),
        "UUID": _uuid,
    },
    "region": {
        "country and five digits": lambda chance: "US-" + _digits(chance, 5),
        "latitude and longitude": lambda chance: f"{chance.uniform(-90, 90):.6f},{chance.uniform(-180, 180):.6f}",
    },
    "user_email": {
        "a name and four digits": lambda chance: f"jo.doe{_digits(chance, 4)}@example.org",
        "a telephone number": lambda chance: f"49170{_digits(chance, 8)}@example.org",
    },
}

if __name__ == "__main__":
    typer.run(main)
