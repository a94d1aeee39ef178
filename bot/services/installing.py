"""Communities in which Cairn is installed, and where it was removed."""

from dataclasses import replace
from datetime import datetime

from bot.chat.identity import CommunityRef
from bot.chat.incoming import Person
from bot.domain.membership import Programme
from bot.ports.people import Community
from bot.ports.storage import UnitOfWork


async def install(
    work: UnitOfWork, community: CommunityRef, name: str, installer: Person | None, language: str
) -> Programme:
    """Make a programme for a new community, with its installer as coordinator.

    Without one (the host has put a token in place) the first who runs the community and asks for
    something that coordinators may do becomes it. A community that comes back finds its programme
    as it was.
    """
    programme = await work.programmes.of_community(community)
    if programme is None:
        programme = await work.programmes.create(name, language)
        await work.schedules.add_reflections(programme.id)
    await work.programmes.attach(community, name, programme.id)
    if installer is not None:
        await take_charge(work, programme, installer)
    return programme


async def home(
    work: UnitOfWork, programme_id: int, community: CommunityRef | None, platform: str
) -> Community | None:
    """The community that something happened in; where none is told, the only one there.

    None if a programme has several on this platform and none was told, or has none.
    """
    known = await work.programmes.communities(programme_id)
    here = [one for one in known if one.ref.platform == platform]
    if community is not None:
        return next((one for one in here if one.ref == community), None)
    return here[0] if len(here) == 1 else None


async def take_charge(work: UnitOfWork, programme: Programme, person: Person) -> None:
    """Make someone a coordinator."""
    account = await work.accounts.seen(person)
    membership = await work.memberships.ensure(account.id, programme.id)
    await work.memberships.save(replace(membership, is_coordinator=True))


async def remove(work: UnitOfWork, community: CommunityRef, at: datetime) -> None:
    """Stop sending to a community; what was written stays until it is erased."""
    await work.programmes.removed(community, at)
