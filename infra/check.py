"""`python -m infra.check dev`: what is wrong with a stack's settings, told without Pulumi, an account or a network.

With `--quota FILE` also whether its region grants enough.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from infra.config import StackSettings, problems
from infra.quota import lacking, needed

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


def main(
    stack: Annotated[str, typer.Argument(help="dev or prod")],
    quota: Annotated[
        Path | None, typer.Option(help="what `gcloud compute regions describe REGION --format=json` told")
    ] = None,
) -> None:
    """Say what is wrong with a stack's file, and with its region's quota, or that nothing is."""
    file = STACKS / f"Pulumi.{stack}.yaml"
    document = yaml.safe_load(file.read_text())
    said = wrong(document, stack)
    if quota and not said:
        said = too_small(document, quota)
    if said:
        sys.exit(said)
    typer.echo(f"{file.name}: the settings are good")


def too_small(document: dict[str, Any], quota: Path) -> str:
    """Return one line for each quota of the region that a batch would exceed; nothing if all is good."""
    settings = StackSettings.model_validate_json(json.dumps(document["config"]["payment-fraud:stack"]))
    try:
        return "\n".join(lacking(quota.read_text(), needed(settings.stream)))
    except (OSError, ValueError) as error:
        return f"{quota}: {error}"


if __name__ == "__main__":
    typer.run(main)
