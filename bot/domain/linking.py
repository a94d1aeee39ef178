"""Two programmes that become one: a code made in one, entered in the other, a yes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

CODE_FOR = timedelta(hours=1)
"""How long a code can be entered."""

ANSWER_FOR = timedelta(days=7)
"""How long the question stands that entering a code asks."""

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No letter that is taken for another when it is read aloud or copied by hand."""

CODE_LENGTH = 10


def code_hash(code: str) -> str:
    """What is stored of a code, however it was typed."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return sha256(plain.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A programme that another may join; `asking_id` is that other, once the code was entered.

    `made_by` and `asked_by` are the coordinators' memberships, `until` when it ends by itself.
    """

    id: int
    programme_id: int
    until: datetime
    made_by: int | None
    asking_id: int | None = None
    asked_by: int | None = None
