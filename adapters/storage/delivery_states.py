"""Conditions on the state of deliveries, in the words of the partial indexes."""

from typing import Final

from sqlalchemy import ColumnElement, literal_column

from adapters.storage.tables import delivery
from bot.domain.delivery import DeliveryState

# Written out, not bound: with a parameter neither database can tell that a partial index fits.


def _literals(*states: DeliveryState) -> list[ColumnElement[str]]:
    return [literal_column(f"'{state.value}'") for state in states]


IS_DUE: Final = delivery.c.state == _literals(DeliveryState.DUE)[0]
IS_UNDER_WAY: Final = delivery.c.state.in_(
    _literals(DeliveryState.LEASED, DeliveryState.SENDING, DeliveryState.UNKNOWN)
)
IS_OPEN: Final = IS_DUE | IS_UNDER_WAY


def is_under_way_as(state: DeliveryState) -> ColumnElement[bool]:
    """One of the states under way; SQLite finds its index only by the whole list of them."""
    return IS_UNDER_WAY & (delivery.c.state == _literals(state)[0])
