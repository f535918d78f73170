"""A form's fields, each read into the type that a struct gives it; whatever is wrong with them is told at once."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import NODEFAULT, inspect

Struct = TypeVar("Struct", bound=msgspec.Struct)


class FaultsError(Exception):
    """What is wrong with a form: a sentence by the name of the field to blame, never with its value."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def read_struct(fields: Mapping[str, str], kind: type[Struct]) -> Struct:
    """Return what a form says, where a box that is not ticked is no field. Raises FaultsError."""
    values: dict[str, object] = {}
    faults = {}
    for field in msgspec.structs.fields(kind):
        try:
            values |= _value(fields, field)
        except msgspec.ValidationError:
            faults[field.name] = _wanted(inspect.type_info(field.type))
    if faults:
        raise FaultsError(faults)
    return kind(**values)


def written(item: object, kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return the fields of a struct as a form holds them."""
    values = {name: getattr(item, name) for name in kind.__struct_fields__}
    return {name: _text(value) for name, value in values.items() if value is not False}


def _text(value: object) -> str:
    if value is True:
        return "on"
    return "" if value is None else str(value)


def _value(fields: Mapping[str, str], field: msgspec.structs.FieldInfo) -> dict[str, object]:
    text = fields.get(field.name)
    if field.type is bool:
        return {field.name: text is not None}
    if text is None and field.default is not NODEFAULT:
        return {}
    if not text and field.default is None:
        return {field.name: None}
    return {field.name: msgspec.convert(text, field.type, strict=False)}


def _wanted(described: inspect.Type) -> str:
    match described:
        case inspect.UnionType():
            return _wanted(next(one for one in described.types if not isinstance(one, inspect.NoneType)))
        case inspect.IntType():
            return f"a whole number from {described.ge} to {described.le} is needed"
        case inspect.StrType(max_length=int()):
            return f"at most {described.max_length:,} characters are needed"
    return "a field has a value that is not allowed"
