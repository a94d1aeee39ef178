"""How often each method may be called, as Slack publishes it."""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

WINDOW = 60.0
CHANNEL_BURST = 2
"""Posts to one conversation that may come at once; then it is one a second."""

TIERS = {2: 20, 3: 50, 4: 100}
METHODS = {
    "users.list": 2,
    "conversations.list": 2,
    "conversations.open": 3,
    "conversations.history": 3,
    "conversations.replies": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "chat.update": 3,
    "chat.delete": 3,
    "users.info": 4,
    "views.open": 4,
    "views.update": 4,
    "views.publish": 4,
    "chat.postEphemeral": 4,
    "conversations.members": 4,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
    "oauth.v2.access": 4,
}


@dataclass
class Limits:
    """Counters of one server. `posts_per_minute` is what a whole workspace takes."""

    is_on: bool = False
    posts_per_minute: int = 300
    _calls: defaultdict[tuple[str, str], deque[float]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    _blocked: dict[tuple[str, ...], float] = field(default_factory=dict)
    _allowance: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "Limits":
        """Everything may be called at any rate."""
        return cls()

    @classmethod
    def published(cls, posts_per_minute: int = 300) -> "Limits":
        """As Slack publishes them; it does not say how much a workspace takes."""
        return cls(is_on=True, posts_per_minute=posts_per_minute)

    def retry_after(self, team: str, method: str, channel: str) -> int | None:
        """Count a call; the seconds to wait if it is one too many."""
        if not self.is_on:
            return None
        now = time.monotonic()
        for key in ((team, method), (team, method, channel)):
            if self._blocked.get(key, 0) > now:
                return math.ceil(self._blocked[key] - now)
        if method == "chat.postMessage":
            if not self._channel_takes(team, channel, now):
                return self._block((team, method, channel), now, 1.0)
            most = self.posts_per_minute
        elif method in METHODS:
            most = TIERS[METHODS[method]]
        else:
            return None
        calls = self._calls[team, method]
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= most:
            return self._block((team, method), now, calls[0] + WINDOW - now)
        calls.append(now)
        return None

    def _block(self, key: tuple[str, ...], now: float, seconds: float) -> int:
        whole = max(1, math.ceil(seconds))
        self._blocked[key] = now + whole
        return whole

    def _channel_takes(self, team: str, channel: str, now: float) -> bool:
        left, at = self._allowance.get((team, channel), (float(CHANNEL_BURST), now))
        left = min(CHANNEL_BURST, left + now - at)
        is_taken = left >= 1
        self._allowance[team, channel] = (left - 1 if is_taken else left, now)
        return is_taken
