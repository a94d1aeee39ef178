"""Deliveries: what is to be sent to whom, and what became of it."""

from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b

PROBLEMS_TOLD_FOR = timedelta(days=30)
"""How long people are told of something that could not be delivered."""


class DeliveryKind(StrEnum):
    """What a delivery carries."""

    NUDGE = "nudge"
    REFLECTION = "reflection"
    NOTICE = "notice"
    INTRODUCTION = "introduction"

    @property
    def is_prompt(self) -> bool:
        """Whether it asks a question of the library."""
        return self in (DeliveryKind.NUDGE, DeliveryKind.REFLECTION)


class DeliveryState(StrEnum):
    """Where a delivery stands.

    due -> leased -> sending -> sent | due (again, later) | failed | unknown; due -> skipped.
    A lease that ran out is due again; a `sending` whose lease ran out is unknown.
    """

    DUE = "due"
    LEASED = "leased"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a delivery was skipped or failed; `status` has a sentence for each."""

    LATE = "late"
    PAUSED = "paused"
    LEFT = "left"
    NO_PROMPT = "no_prompt"
    SETTLED = "settled"
    UNREACHABLE = "unreachable"
    PLACE_GONE = "place_gone"
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"


class Notice(StrEnum):
    """What a notice or an introduction is about; its subject is the row that `about` numbers."""

    MENTOR_REQUESTED = "mentor_requested"
    MENTOR_WITHDRAWN = "mentor_withdrawn"
    REQUEST_DECLINED = "request_declined"
    REQUEST_QUESTIONED = "request_questioned"
    REQUEST_WAITING = "request_waiting"
    PAIR_INTRODUCED = "pair_introduced"
    PAIR_ENDED = "pair_ended"
    LETTER = "letter"
    LETTER_REFUSED = "letter_refused"
    LINK_ASKED = "link_asked"
    LINKED = "linked"


def asked_slot(event_id: str) -> str:
    """The slot of what an event asked for: handled twice, it is still one delivery."""
    return f"asked:{blake2b(event_id.encode(), digest_size=12).hexdigest()}"
