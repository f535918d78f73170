"""What is wrong with a program's settings, in words that name the environment variable and never show its value."""

from pydantic import ValidationError


def problems(error: ValidationError) -> str:
    """Return one line a bad setting: its environment variable and what is wrong."""
    return "\n".join(f"{_variable(detail['loc'])}: {detail['msg']}" for detail in error.errors(include_input=False))


def _variable(location: tuple[int | str, ...]) -> str:
    return ".".join([str(location[0]).upper(), *map(str, location[1:])]) if location else "settings"
