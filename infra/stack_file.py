"""A stack's file, read without Pulumi."""

import json
from pathlib import Path
from typing import Any

import yaml

from infra.config import StackSettings

STACKS = Path(__file__).parent / "stacks"


def read(stack: str) -> dict[str, Any]:
    """Return the content of a stack's file."""
    document: dict[str, Any] = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())
    return document


def settings_of(document: dict[str, Any]) -> StackSettings:
    """Return the settings in it. Raises ValidationError."""
    return StackSettings.model_validate_json(json.dumps(document["config"].get("payment-fraud:stack", {})))
