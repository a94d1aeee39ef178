"""Who is behind an event, and in which programme what they want is to be done.

An event that names a community is about that community's programme. One that names none (a direct
message, where the platform has such) is about the programme of what it names, else about the
person's only one; own words need none, and where neither helps the person is asked.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from bot.chat.incoming import Event
from bot.commands.meaning import Meant
from bot.commands.table import Audience, Scope, Who
from bot.domain.membership import Account, Membership
from bot.ports.storage import UnitOfWork


async def recognise(work: UnitOfWork, event: Event, meant: Meant | None = None) -> Who:
    """The person behind an event, as far as Cairn knows them where it is about.

    `meant` is what they want done; something said, edited or deleted is about their own words.
    """
    account = await work.accounts.find(event.actor.account)
    community = event.community
    programme = await work.programmes.of_community(community) if community else None
    if account is None:
        return Who(programme=programme)
    if programme is not None:
        membership = await work.memberships.find(account.id, programme.id)
        return Who(account=account, programme=programme, membership=membership)
    return await _anywhere(work, account, meant)


async def _anywhere(work: UnitOfWork, account: Account, meant: Meant | None) -> Who:
    known = await work.memberships.of_account(account.id)
    fitting = [one for one in known if _fits(one, meant)] or list(known[:1])
    if len(fitting) > 1 and meant is not None:
        named = [one for one in fitting if await _is_named(work, meant, one)]
        scope = meant.command.scope
        if not named and scope is Scope.PROGRAMME:
            return Who(account=account, choices=tuple(fitting))
        also = tuple(fitting[1:]) if scope is Scope.EACH and not named else ()
        fitting = named or fitting
        return await _in_one(work, account, fitting[0], also)
    return await _in_one(work, account, fitting[0]) if fitting else Who(account=account)


async def _in_one(
    work: UnitOfWork, account: Account, membership: Membership, also: tuple[Membership, ...] = ()
) -> Who:
    programme = await work.programmes.get(membership.programme_id)
    return Who(account=account, programme=programme, membership=membership, also=also)


def _fits(membership: Membership, meant: Meant | None) -> bool:
    if meant is not None and meant.audience is Audience.COORDINATOR:
        return membership.is_coordinator
    is_asked = meant is not None and meant.audience is Audience.ANYONE
    return membership.joined_at is not None or (is_asked and membership.is_coordinator)


async def _is_named(work: UnitOfWork, meant: Meant, membership: Membership) -> bool:
    """Whether it was chosen, or something that was named is of its programme."""
    if meant.programme is not None:
        return membership.programme_id == meant.programme
    for name, is_of in _SUBJECTS.items():
        number = meant.written.get(name, "")
        if number.isdecimal() and await is_of(work, membership.programme_id, int(number)):
            return True
    return False


async def _is_request(work: UnitOfWork, programme_id: int, number: int) -> bool:
    return await work.mentoring.request(programme_id, number) is not None


async def _is_pair(work: UnitOfWork, programme_id: int, number: int) -> bool:
    return await work.mentoring.pair(programme_id, number) is not None


async def _is_nudge(work: UnitOfWork, programme_id: int, number: int) -> bool:
    return await work.schedules.nudge(programme_id, number) is not None


async def _is_member(work: UnitOfWork, programme_id: int, number: int) -> bool:
    found = await work.memberships.many([number])
    return number in found and found[number].programme_id == programme_id


async def _is_delivery(work: UnitOfWork, programme_id: int, number: int) -> bool:
    prompt = await work.deliveries.posted_by_id(number)
    return prompt is not None and prompt.programme_id == programme_id


async def _is_link(work: UnitOfWork, programme_id: int, number: int) -> bool:
    link = await work.linking.get(number)
    return link is not None and programme_id in (link.programme_id, link.asking_id)


_SUBJECTS: Mapping[str, Callable[[UnitOfWork, int, int], Awaitable[bool]]] = MappingProxyType(
    {
        "request": _is_request,
        "pair": _is_pair,
        "nudge": _is_nudge,
        "membership": _is_member,
        "delivery": _is_delivery,
        "link": _is_link,
    }
)
"""Arguments that say which programme is meant, and whether their number is of a programme."""
