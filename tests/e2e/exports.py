"""Exports compared across platforms."""

import re
from typing import Any

_MINUTE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(?:\.\d+)?Z")


def without_origin(value: Any) -> Any:
    """An export without what names the platform, to the minute: time goes on while it is lived."""
    match value:
        case dict():
            return {k: without_origin(v) for k, v in value.items() if k != "origin"}
        case list():
            return [without_origin(each) for each in value]
        case str():
            return _MINUTE.sub(r"\1", value)
        case _:
            return value
