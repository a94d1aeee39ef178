"""The unit of work: everything that changes together."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.domain.errors import CairnError
from bot.ports.compass import Compass
from bot.ports.deliveries import Deliveries
from bot.ports.inbox import Handled
from bot.ports.letters import Letters
from bot.ports.linking import Linking
from bot.ports.mentoring import Mentoring
from bot.ports.people import Accounts, Memberships, Places, Programmes
from bot.ports.prompts import Prompts
from bot.ports.pruning import Pruning
from bot.ports.reflections import Reflections
from bot.ports.schedules import Schedules


class UnitOfWork(Protocol):
    """One transaction, with a repository for each aggregate."""

    @property
    def programmes(self) -> Programmes:
        """Programmes and communities."""
        ...

    @property
    def accounts(self) -> Accounts:
        """People, by platform."""
        ...

    @property
    def memberships(self) -> Memberships:
        """Accounts in programmes."""
        ...

    @property
    def places(self) -> Places:
        """Conversations."""
        ...

    @property
    def prompts(self) -> Prompts:
        """Prompts and rotations."""
        ...

    @property
    def schedules(self) -> Schedules:
        """Schedules and send groups."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """The ledger."""
        ...

    @property
    def reflections(self) -> Reflections:
        """Answers."""
        ...

    @property
    def compass(self) -> Compass:
        """Whys, visions and stones."""
        ...

    @property
    def mentoring(self) -> Mentoring:
        """Offers, requests and pairs."""
        ...

    @property
    def letters(self) -> Letters:
        """Letters between the two of a pair."""
        ...

    @property
    def linking(self) -> Linking:
        """Programmes that become one."""
        ...

    @property
    def pruning(self) -> Pruning:
        """What is too old to be of use."""
        ...

    @property
    def inbox(self) -> Handled:
        """The event that is being handled."""
        ...


class StorageUnavailableError(CairnError):
    """The database can't be reached, or does not answer in time; another try may work later."""


class Storage(Protocol):
    """Opens units of work. All that is done with one may raise `StorageUnavailableError`."""

    def work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that is committed at the end of the block, or undone if it raises.

        If `StorageUnavailableError` comes out of the commit, it is not known which of the two.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work for reading only: it holds no write lock and keeps no change."""
        ...
