"""Properties of events."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from google.protobuf.struct_pb2 import Struct

# What a double holds exactly.
_INTEGER_MAX = 2**53 - 1


def properties(values: Mapping[str, Any]) -> Struct:
    """The properties of an event: None, booleans, numbers, texts, and lists and mappings of these.

    A Decimal, and an integer that a double does not hold, become texts, which meters count exactly.
    """
    struct = Struct()
    struct.update({name: _value(value) for name, value in values.items()})
    return struct


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _INTEGER_MAX:
        return str(value)
    return value
