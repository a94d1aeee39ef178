"""What is counted while Cairn works, for whoever watches over it. Nobody is named."""

from typing import Protocol


class Meter(Protocol):
    """Counts; never raises, never waits."""

    def delivered(self, platform: str, outcome: str, reason: str) -> None:
        """A delivery was settled, or put off: `sent`, `skipped`, `failed`, `waits`, `uncertain`.

        `reason` is why it was skipped or failed, else empty.
        """
        ...

    def asked_to_wait(self, platform: str) -> None:
        """A platform asked to be sent less."""
        ...

    def planned(self, waves: int) -> None:
        """So many waves were written down completely."""
        ...


class NoMeter:
    """Counts nothing."""

    def delivered(self, platform: str, outcome: str, reason: str) -> None:
        """Nothing."""

    def asked_to_wait(self, platform: str) -> None:
        """Nothing."""

    def planned(self, waves: int) -> None:
        """Nothing."""
