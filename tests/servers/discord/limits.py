"""How often Discord may be asked: buckets by route and place, and all together."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

FOR_ALL_PER_SECOND = 50
INVALID_WINDOW, MOST_INVALID = 600.0, 10_000
INVALID_STATUS = frozenset({401, 403, 429})

_NONE = (10_000, 1.0)
_PUBLISHED: dict[str, tuple[int, float]] = {
    "create_message": (5, 5.0),
    "update_message": (5, 5.0),
    "delete_message": (5, 1.0),
    "add_my_message_reaction": (1, 0.25),
    "delete_my_message_reaction": (1, 0.25),
    "execute_webhook": (5, 2.0),
    "update_original_webhook_message": (5, 2.0),
    "update_webhook_message": (5, 2.0),
    "delete_original_webhook_message": (5, 2.0),
    "delete_webhook_message": (5, 2.0),
    "get_original_webhook_message": (5, 2.0),
    "get_webhook_message": (5, 2.0),
    "create_dm": (10, 10.0),
    "bulk_set_application_commands": (20, 20.0),
}
"""Discord tells limits only by headers; these are what its headers have been seen to say."""
_OTHERS = (50, 1.0)
_WITHOUT_GLOBAL = frozenset(
    {
        "create_interaction_response",
        "execute_webhook",
        "get_original_webhook_message",
        "update_original_webhook_message",
        "delete_original_webhook_message",
        "get_webhook_message",
        "update_webhook_message",
        "delete_webhook_message",
    }
)
"""Answers to interactions don't count among all requests."""


@dataclass(frozen=True)
class Verdict:
    """What the headers say of a request, and how long to wait if it was one too many."""

    headers: dict[str, str]
    retry_after: float | None = None
    is_global: bool = False


@dataclass
class Limits:
    """Counters of one server."""

    is_on: bool = False
    for_all: int = FOR_ALL_PER_SECOND
    directs_per_minute: int | None = None
    """New direct conversations a minute, before Discord says 40003."""
    _windows: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    _all: tuple[float, int] = (0.0, 0)
    _invalid: deque[float] = field(default_factory=deque)
    _directs: deque[float] = field(default_factory=deque)
    invalid_by_status: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def none(cls) -> "Limits":
        """Everything may be asked at any rate; the headers are there all the same."""
        return cls()

    @classmethod
    def published(cls, for_all: int = FOR_ALL_PER_SECOND) -> "Limits":
        """As Discord's headers tell them, and `for_all` requests a second together."""
        return cls(is_on=True, for_all=for_all, directs_per_minute=10)

    @property
    def invalid(self) -> int:
        """Refusals that count towards a ban, in the last ten minutes."""
        while self._invalid and self._invalid[0] < time.monotonic() - INVALID_WINDOW:
            self._invalid.popleft()
        return len(self._invalid)

    def note(self, status: int) -> None:
        """Count an answer that Discord holds against an app."""
        if status in INVALID_STATUS:
            self._invalid.append(time.monotonic())
            self.invalid_by_status[status] += 1

    def ask(self, operation: str, place: str) -> Verdict:
        """Count a request."""
        now = time.monotonic()
        if self.is_on and operation not in _WITHOUT_GLOBAL:
            began, number = self._all
            if now - began >= 1:
                began, number = now, 0
            if number >= self.for_all:
                return Verdict({"X-RateLimit-Scope": "global"}, began + 1 - now, is_global=True)
            self._all = began, number + 1
        most, seconds = _PUBLISHED.get(operation, _OTHERS) if self.is_on else _NONE
        ends_at, used = self._windows.get((operation, place), (0.0, 0))
        if ends_at <= now:
            ends_at, used = now + seconds, 0
        is_taken = used < most
        used += is_taken
        self._windows[operation, place] = ends_at, used
        headers = {
            "X-RateLimit-Bucket": f"local-{operation}",
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - used),
            "X-RateLimit-Reset": f"{time.time() + ends_at - now:.3f}",
            "X-RateLimit-Reset-After": f"{ends_at - now:.3f}",
        }
        if is_taken:
            return Verdict(headers)
        return Verdict(headers | {"X-RateLimit-Scope": "user"}, ends_at - now)

    def opens_direct(self) -> bool:
        """Count a new direct conversation; whether Discord still takes it."""
        if self.directs_per_minute is None:
            return True
        now = time.monotonic()
        while self._directs and self._directs[0] < now - 60:
            self._directs.popleft()
        if len(self._directs) >= self.directs_per_minute:
            return False
        self._directs.append(now)
        return True
