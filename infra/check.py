"""`python -m infra.check dev`: what is wrong with a stack, told without Pulumi, an account or a network.

Its settings first; then what the program makes of them is held to the rules of `infra.policy`.
With `--quota FILE` also whether its region grants enough.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import pulumi
import typer
from pydantic import ValidationError

from infra.artifacts import prepare
from infra.config import problems
from infra.policy.rules import of_stack, violations
from infra.quota import lacking, needed
from infra.rehearsal.program import declare
from infra.services import deployable
from infra.stack_file import read, settings_of


def wrong(document: dict[str, Any], stack: str) -> str:
    """Return one line for each thing wrong with the content of a stack's file; nothing if all is good."""
    config = document["config"]
    try:
        settings = settings_of(document)
    except ValidationError as error:
        return problems(error)
    twice = {"environment": stack, "project": config.get("gcp:project"), "region": config.get("gcp:region")}
    beside = {"environment": "the stack's name", "project": "gcp:project", "region": "gcp:region"}
    return "\n".join(
        f"{name}: is not that of {beside[name]}" for name, value in twice.items() if getattr(settings, name) != value
    )


def main(
    stack: Annotated[str, typer.Argument(help="dev, staging or prod")],
    quota: Annotated[
        Path | None, typer.Option(help="what `gcloud compute regions describe REGION --format=json` told")
    ] = None,
) -> None:
    """Say what is wrong with a stack's file, and with its region's quota, or that nothing is."""
    document = read(stack)
    said = wrong(document, stack) or refused(document)
    if quota and not said:
        said = too_small(document, quota)
    if said:
        sys.exit(said)
    typer.echo(f"Pulumi.{stack}.yaml: the stack is good")


def refused(document: dict[str, Any], change: pulumi.ResourceTransformation | None = None) -> str:
    """Return one line for each resource that breaks a rule, each resource with `change` made to it first."""
    settings = settings_of(document)
    declared = declare(settings, prepare(deployable()), change=change)
    return "\n".join(violations(declared.resources, of_stack(settings.environment)))


def too_small(document: dict[str, Any], quota: Path) -> str:
    """Return one line for each quota of the region that a batch would exceed; nothing if all is good."""
    try:
        return "\n".join(lacking(quota.read_text(), needed(settings_of(document).stream)))
    except (OSError, ValueError) as error:
        return f"{quota}: {error}"


if __name__ == "__main__":
    typer.run(main)
