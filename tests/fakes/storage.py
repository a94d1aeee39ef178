"""Storage in memory: one unit of work after the other, undone if it raises."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bot.domain.delivery import DeliveryState
from bot.domain.membership import Account
from tests.fakes.compass import InMemoryCompass
from tests.fakes.deliveries import InMemoryDeliveries
from tests.fakes.inbox import InMemoryHandled
from tests.fakes.letters import InMemoryLetters
from tests.fakes.linking import InMemoryLinking
from tests.fakes.mentoring import InMemoryMentoring
from tests.fakes.people import (
    Erased,
    InMemoryAccounts,
    InMemoryMemberships,
    InMemoryPlaces,
    InMemoryProgrammes,
)
from tests.fakes.prompts import InMemoryPrompts
from tests.fakes.pruning import InMemoryPruning
from tests.fakes.reflections import InMemoryReflections
from tests.fakes.rows import Rows
from tests.fakes.schedules import InMemorySchedules

_NOT_BEGUN = (DeliveryState.DUE, DeliveryState.LEASED)


class InMemoryUnitOfWork:
    """All fake repositories, tied to each other as foreign keys tie tables."""

    def __init__(self) -> None:
        accounts: Rows[Account] = Rows()
        self.programmes = InMemoryProgrammes()
        self.places = InMemoryPlaces()
        self.memberships = InMemoryMemberships(accounts, self.places.rows)
        self.accounts = InMemoryAccounts(accounts, self.memberships.rows, self.places.rows)
        self.prompts = InMemoryPrompts()
        self.schedules = InMemorySchedules()
        self.deliveries = InMemoryDeliveries(
            self.programmes, self.places, self.memberships, self.schedules, self.prompts
        )
        self.reflections = InMemoryReflections(self.deliveries)
        self.compass = InMemoryCompass(self.reflections)
        self.mentoring = InMemoryMentoring(self.memberships)
        self.letters = InMemoryLetters(self.accounts, self.memberships, self.mentoring)
        self.linking = InMemoryLinking(
            self.programmes, self.memberships, self.schedules, self.deliveries, self.mentoring
        )
        self.inbox = InMemoryHandled()
        self.pruning = InMemoryPruning(self.inbox, self.deliveries, self.reflections)
        self.schedules.holders.append(self._forget_schedules)
        self.accounts.holders.extend(
            [
                self._forget,
                self.prompts.forget,
                self.schedules.forget,
                self.reflections.forget,
                self.compass.forget,
                self.mentoring.forget,
                self.letters.forget,
            ]
        )

    def _forget(self, erased: Erased) -> None:
        for number in erased.memberships:
            self.memberships.groups.pop(number, None)
        self.deliveries.rows.drop(
            lambda row: (
                row.new.place_id in erased.places or row.new.membership_id in erased.memberships
            )
        )

    def _forget_schedules(self, removed: Collection[int]) -> None:
        rows = self.deliveries.rows
        rows.drop(lambda row: row.new.schedule_id in removed and row.state in _NOT_BEGUN)
        for row in rows.values():
            if row.new.schedule_id in removed:
                row.new = replace(row.new, schedule_id=None)


class Saved:
    """How everything stood, to go back to; much quicker than a copy.

    What does not change (frozen dataclasses, numbers) is shared, rows that do are remembered.
    """

    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._fakes = [(fake, dict(vars(fake))) for fake in vars(unit).values()]
        held = [value for _, attributes in self._fakes for value in attributes.values()]
        self._sets = [(each, set(each)) for each in held if isinstance(each, set)]
        self._dicts = [(each, dict(each)) for each in held if isinstance(each, dict)]
        self._rows = [(each, each.last) for each in held if isinstance(each, Rows)]
        self._changing = [
            (row, dict(vars(row)))
            for _, content in self._dicts
            for row in content.values()
            if _can_change(row)
        ]

    def restore(self) -> None:
        """Put everything back."""
        for fake, attributes in self._fakes:
            vars(fake).update(attributes)
        for numbers, members in self._sets:
            numbers.clear()
            numbers.update(members)
        for rows, content in self._dicts:
            rows.clear()
            rows.update(content)
        for numbered, last in self._rows:
            numbered.last = last
        for row, attributes in self._changing:
            vars(row).update(attributes)


def _can_change(row: object) -> bool:
    kind: Any = type(row)
    return hasattr(kind, "__dataclass_params__") and not kind.__dataclass_params__.frozen


class InMemoryStorage:
    """`Storage` in memory; `unit` is what was committed last, for tests to look into.

    At the start of a unit of work others get a turn, as they do while a database is asked.
    """

    def __init__(self) -> None:
        self.unit = InMemoryUnitOfWork()
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def work(self) -> AsyncIterator[InMemoryUnitOfWork]:
        """A unit of work that is committed at the end of the block, or undone if it raises."""
        async with self._writing:
            before = Saved(self.unit)
            is_done = False
            try:
                await asyncio.sleep(0)
                yield self.unit
                is_done = True
            finally:
                if not is_done:
                    before.restore()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[InMemoryUnitOfWork]:
        """A unit of work whose changes are not kept."""
        await asyncio.sleep(0)
        yield deepcopy(self.unit)
