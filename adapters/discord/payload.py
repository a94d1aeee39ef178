"""Values read out of what Discord sends and discord.py hands on as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.discord import names


@dataclass(frozen=True, slots=True)
class Payload:
    """A value of a payload; reading on, and reading what is not there, gives what is empty."""

    value: object = None

    def __getitem__(self, key: str) -> "Payload":
        return Payload(self.value.get(key)) if isinstance(self.value, Mapping) else Payload()

    @property
    def text(self) -> str:
        """A string, else an empty one."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def id(self) -> str:
        """A snowflake, else an empty string."""
        written = str(self.value) if isinstance(self.value, int | str) else ""
        return written if names.is_snowflake(written) else ""

    @property
    def number(self) -> int:
        """A whole number, else 0."""
        is_number = isinstance(self.value, int) and not isinstance(self.value, bool)
        return int(str(self.value)) if is_number else 0

    @property
    def is_true(self) -> bool:
        """Whether it is true, and not only taken for true."""
        return self.value is True

    def each(self) -> Iterator["Payload"]:
        """The items of a list."""
        if isinstance(self.value, list):
            yield from map(Payload, self.value)
