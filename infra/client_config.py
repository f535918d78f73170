"""`python -m infra.client_config dev > .env`: what the simulator, or any producer, needs to send to a stack.

Asks Pulumi for the stack's outputs and Secret Manager, through gcloud, for the producer's password. `set -a; . ./.env;
set +a; python -m simulator …` then sends to the cloud as it does to the laptop.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

Ask = Callable[[Sequence[str]], str]

WANTED = ("kafka_bootstrap_servers", "kafka_producer_username", "kafka_producer_secret", "urls")
_PATIENCE_S = 60


def configuration(outputs: Mapping[str, object], password: str) -> str:
    """Return the variables, quoted for a shell. Raises ValueError that names an output that is missing."""
    missing = [name for name in WANTED if not outputs.get(name)]
    if missing:
        raise ValueError(f"the stack has no {', '.join(missing)}: pulumi up comes first")
    urls = outputs["urls"]
    variables = {
        "KAFKA_BOOTSTRAP_SERVERS": outputs["kafka_bootstrap_servers"],
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": outputs["kafka_producer_username"],
        "KAFKA_SASL_PASSWORD": password,
        "AUTHORIZE_URL": urls.get("authorize_payment", "") if isinstance(urls, dict) else "",
    }
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in variables.items() if value)


def read(stack: str, ask: Ask) -> str:
    """Return the configuration of a stack. Raises ValueError."""
    outputs = json.loads(ask(["pulumi", "stack", "output", "--json", "--stack", stack]))
    password = ask(["gcloud", "secrets", "versions", "access", str(outputs.get("kafka_producer_secret", ""))])
    return configuration(outputs, password)


def _ask(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE_S, check=True)  # noqa: S603  no shell
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(f"{command[0]} did not answer: {type(error).__name__}") from None
    return done.stdout.rstrip("\n")


def main() -> None:
    """Write the configuration of the stack named on the command line."""
    try:
        sys.stdout.write(read(sys.argv[1], _ask))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
