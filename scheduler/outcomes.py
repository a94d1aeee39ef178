"""What becomes of a delivery that was not simply sent."""

from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import DeliveryKind, Reason
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError, ChatRefusedError, ChatUncertainError
from bot.ports.deliveries import (
    LOOK_AFTER,
    Claimed,
    IsUncertain,
    MustWait,
    Outcome,
    WasRefused,
)

SHORTEST_WAIT = timedelta(seconds=1)
"""A platform that asks for less is asked again after this."""

FIRST_PAUSE = timedelta(minutes=1)
"""After a message could not be composed; it doubles with every attempt."""

LONGEST_PAUSE = timedelta(hours=1)

GIVE_UP_COMPOSING = timedelta(days=1)
"""How long after its due time a message that can't be composed is refused.

Until then an update may mend it, and a prompt expires anyway. Not counted in attempts: waits that
a platform asked for are attempts too.
"""

GIVE_UP_LOOKING = timedelta(days=1)
"""How long after a call without an answer the look for its message may go on failing."""

_log = structlog.get_logger(__name__)


def of_failed_call(delivery: Claimed, error: Exception, now: datetime) -> Outcome:
    """What an exception out of a call means; one that nobody foresaw leaves it uncertain."""
    match error:
        case ChatBusyError(retry_after=wait):
            return MustWait(
                delivery.id,
                now + max(wait, SHORTEST_WAIT),
                whole_community=error.whole_community,
                whole_platform=error.whole_platform,
            )
        case ChatRefusedError(reason=reason, closes_place=closes_place):
            return WasRefused(delivery.id, reason, closes_place)
        case ChatUncertainError() | TimeoutError():
            _log.warning("call_without_answer", delivery=delivery.id, **outline(error))
        case _:
            _log.error("call_failed", delivery=delivery.id, **outline(error))
    return IsUncertain(delivery.id, now + LOOK_AFTER)


def of_failed_look(
    delivery: Claimed, began_at: datetime, error: Exception, now: datetime
) -> Outcome:
    """What an exception out of a look for a message means: look later, or treat it as missing."""
    match error:
        case ChatBusyError(retry_after=wait):
            return IsUncertain(delivery.id, now + max(wait, SHORTEST_WAIT))
        case ChatRefusedError():
            return of_missing(delivery, now)
        case ChatUncertainError() | TimeoutError():
            _log.warning("look_without_answer", delivery=delivery.id, **outline(error))
        case _:
            _log.error("look_failed", delivery=delivery.id, **outline(error))
    if now - began_at > GIVE_UP_LOOKING:
        return of_missing(delivery, now)
    return IsUncertain(delivery.id, now + LOOK_AFTER)


def of_missing(delivery: Claimed, now: datetime) -> Outcome:
    """What a message means that is not there, or that can't be looked for.

    A prompt or notice is sent again and so may come twice; an introduction waits for a person.
    """
    if delivery.kind is DeliveryKind.INTRODUCTION:
        return WasRefused(delivery.id, Reason.UNCONFIRMED)
    return MustWait(delivery.id, now, whole_place=False)


def of_failed_composition(delivery: Claimed, error: Exception, now: datetime) -> Outcome:
    """What an exception before the call means: later again, at growing intervals, for a day."""
    _log.error("delivery_not_composed", delivery=delivery.id, **outline(error))
    if now - delivery.due_at > GIVE_UP_COMPOSING:
        return WasRefused(delivery.id, Reason.REFUSED)
    doublings = min(max(delivery.attempt - 1, 0), 10)
    pause = min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
    return MustWait(delivery.id, now + pause, whole_place=False)
