"""discord.py's rate limits, one for each conversation: tidied when their number has doubled."""

from collections.abc import Callable
from typing import Any

from discord.http import HTTPClient

FEW = 256
"""As many as discord.py itself leaves alone."""


def tidied_seldom(http: HTTPClient) -> None:
    """Let a client look for expired rate limits seldom.

    discord.py does so before each call once it has more than `FEW`: with a conversation for each
    member, that is most of a call's time.
    """
    tidy: Callable[[], None] = http._try_clear_expired_ratelimits  # noqa: SLF001
    kept: dict[Any, Any] = http._buckets  # noqa: SLF001
    most = FEW

    def tidy_seldom() -> None:
        nonlocal most
        if len(kept) >= most:
            tidy()
            most = max(FEW, 2 * len(kept))

    http._try_clear_expired_ratelimits = tidy_seldom  # type: ignore[method-assign] # noqa: SLF001
