"""Values read out of what Slack sends, which may have any shape."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_TS = re.compile(r"[0-9]{1,16}(\.[0-9]{1,16})?")
_LONGEST_JSON = 10_000
"""More than Slack takes for what Cairn gives it to hold (3,000 characters)."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A value of a payload; reading on, and reading what is not there, gives what is empty."""

    value: object = None

    def __getitem__(self, key: str | int) -> "Payload":
        if isinstance(self.value, Mapping):
            return Payload(self.value.get(key))
        if isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            return Payload(self.value[key])
        return Payload()

    @property
    def text(self) -> str:
        """A string, else an empty one."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def id(self) -> str:
        """One of Slack's ids, else an empty string."""
        return self.text if _ID.fullmatch(self.text) else ""

    @property
    def ts(self) -> str:
        """A time stamp, which also names a message; else an empty string."""
        return self.text if _TS.fullmatch(self.text) else ""

    @property
    def is_true(self) -> bool:
        """Whether it is true, and not only taken for true."""
        return self.value is True

    @property
    def is_told(self) -> bool:
        """Whether there is anything."""
        return self.value is not None

    def each(self) -> Iterator["Payload"]:
        """The items of a list."""
        if isinstance(self.value, list):
            yield from map(Payload, self.value)

    def items(self) -> Iterator[tuple[str, "Payload"]]:
        """What a mapping has, by name."""
        if isinstance(self.value, Mapping):
            for name, value in self.value.items():
                if isinstance(name, str):
                    yield name, Payload(value)


def to_json(value: object) -> str:
    """JSON for Slack to hold, without the characters that it escapes in some of its payloads."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return written.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def from_json(written: str) -> Payload:
    """What JSON says; nothing, if it is none."""
    if len(written) > _LONGEST_JSON:
        return Payload()
    try:
        return Payload(json.loads(written))
    except (ValueError, RecursionError):
        return Payload()
