"""What is to go wrong, said before it does."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.discord.world import Json


@dataclass(frozen=True)
class Fault:
    """One way in which a request goes wrong; `fits` looks at its body."""

    kind: str
    code: int = 0
    seconds: float = 0
    is_global: bool = False
    after_doing: bool = False
    fits: Callable[[Json], bool] = field(default=lambda _body: True)


class Faults:
    """Faults to come, by operation; each happens once unless it says otherwise."""

    def __init__(self) -> None:
        self._coming: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def take(self, operation: str, body: Json) -> Fault | None:
        """The fault of this request, if it has one."""
        for fault in self._coming.get(operation, ()):
            if fault.fits(body):
                self._coming[operation].remove(fault)
                return fault
        return None

    def fail(self, operation: str, code: int, times: int = 1) -> None:
        """Answer with one of Discord's own error codes."""
        self._coming[operation].extend([Fault("fail", code)] * times)

    def status(
        self, operation: str, status: int, times: int = 1, *, after_doing: bool = False
    ) -> None:
        """Answer with an HTTP status and no JSON."""
        self._coming[operation].extend([Fault("status", status, after_doing=after_doing)] * times)

    def hang(self, operation: str, seconds: float, *, after_doing: bool = False) -> None:
        """Answer only after a while."""
        self._coming[operation].append(Fault("hang", seconds=seconds, after_doing=after_doing))

    def drop(self, operation: str, *, after_doing: bool = False) -> None:
        """Close the line instead of answering."""
        self._coming[operation].append(Fault("drop", after_doing=after_doing))

    def rate_limit(
        self, operation: str, retry_after: float, times: int = 1, *, is_global: bool = False
    ) -> None:
        """Answer 429."""
        fault = Fault("limit", seconds=retry_after, is_global=is_global)
        self._coming[operation].extend([fault] * times)
