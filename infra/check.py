"""`python -m infra.check dev`: what is wrong with a stack's settings, told without Pulumi, an account or a network."""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from infra.config import StackSettings, problems

STACKS = Path(__file__).parent / "stacks"


def wrong(document: dict[str, Any], stack: str) -> str:
    """Return one line for each thing wrong with the content of a stack's file; nothing if all is good."""
    config = document["config"]
    try:
        settings = StackSettings.model_validate_json(json.dumps(config.get("payment-fraud:stack", {})))
    except ValidationError as error:
        return problems(error)
    twice = {"environment": stack, "project": config.get("gcp:project"), "region": config.get("gcp:region")}
    beside = {"environment": "the stack's name", "project": "gcp:project", "region": "gcp:region"}
    return "\n".join(
        f"{name}: is not that of {beside[name]}" for name, value in twice.items() if getattr(settings, name) != value
    )


def main(stack: str) -> None:
    """Say what is wrong with a stack's file, or that nothing is."""
    file = STACKS / f"Pulumi.{stack}.yaml"
    said = wrong(yaml.safe_load(file.read_text()), stack)
    sys.exit(said) if said else print(f"{file.name}: the settings are good")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
