"""A meter whose counts tests can look into."""

from collections import Counter


class FakeMeter:
    """`Meter` in memory."""

    def __init__(self) -> None:
        self.deliveries: Counter[tuple[str, str]] = Counter()
        self.waits = 0
        self.waves = 0

    def delivered(self, platform: str, outcome: str, reason: str) -> None:
        self.deliveries[outcome, reason] += 1

    def asked_to_wait(self, platform: str) -> None:
        self.waits += 1

    def planned(self, waves: int) -> None:
        self.waves += waves
