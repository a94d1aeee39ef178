"""What is to go wrong, said before it does."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.slack.world import Json


def _any(_arguments: Json) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """One way in which a call goes wrong."""

    kind: str
    code: str = ""
    seconds: float = 0
    after_doing: bool = False
    fits: Callable[[Json], bool] = _any


class Faults:
    """Faults to come, by method; each happens once unless it says otherwise."""

    def __init__(self) -> None:
        self._coming: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.skew = 0.0
        """Seconds that the clock of whoever signs requests is off."""
        self.forged = 0
        """How many requests to come have a wrong signature."""

    def take(self, method: str, arguments: Json) -> Fault | None:
        """The fault of this call, if it has one."""
        for fault in self._coming[method]:
            if fault.fits(arguments):
                self._coming[method].remove(fault)
                return fault
        return None

    def fail(self, method: str, code: str, fits: Callable[[Json], bool] | None = None) -> None:
        """Answer `ok: false` with a code."""
        self._coming[method].append(Fault("fail", code, fits=fits or _any))

    def status(self, method: str, status: int, *, after_doing: bool = False) -> None:
        """Answer with an HTTP status and no JSON."""
        fault = Fault("status", code=str(status), after_doing=after_doing)
        self._coming[method].append(fault)

    def hang(
        self,
        method: str,
        seconds: float,
        *,
        after_doing: bool = False,
        fits: Callable[[Json], bool] | None = None,
    ) -> None:
        """Answer only after a while."""
        fault = Fault("hang", seconds=seconds, after_doing=after_doing, fits=fits or _any)
        self._coming[method].append(fault)

    def drop(self, method: str, *, after_doing: bool = False) -> None:
        """Close the line instead of answering."""
        self._coming[method].append(Fault("drop", after_doing=after_doing))

    def rate_limit(self, method: str, retry_after: int) -> None:
        """Answer 429."""
        self._coming[method].append(Fault("limit", seconds=retry_after))
