"""What fits while someone types the value of an argument."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.incoming import SuggestionsAsked
from bot.chat.outgoing import Option
from bot.commands.arguments import Argument, Kind
from bot.domain.wall_time import zone_names
from bot.ports.storage import UnitOfWork

MOST = 25
"""The most suggestions that every platform can show."""


async def suggest(
    work: UnitOfWork, argument: Argument, asked: SuggestionsAsked, now: datetime
) -> tuple[Option, ...]:
    """The best suggestions, at most 25, those that begin as typed before those that contain it."""
    head, _, typed = asked.typed.rpartition(",") if _is_several(argument) else ("", "", asked.typed)
    match argument.kind:
        case Kind.CHOICE:
            options = [Option(choice, choice) for choice in argument.choices]
        case Kind.ZONE:
            return tuple(
                Option(f"{name} · {now.astimezone(ZoneInfo(name)):%H:%M}", name)
                for name in _fitting(zone_names(), typed)
            )
        case Kind.LIST | Kind.PERSON | Kind.PEOPLE:
            options = await _from_offers(work, argument, asked, now)
        case Kind.PARTNER:
            options = await _partners(work, asked)
        case Kind.HORIZON:
            options = await _visions(work, asked)
        case _:
            options = []
    fitting = _fitting([option.label for option in options], typed)
    found = [option for option in options if option.label in fitting]
    found.sort(key=lambda option: fitting.index(option.label))
    return tuple(_after(head, option) for option in found[:MOST])


def _is_several(argument: Argument) -> bool:
    return argument.kind in (Kind.LIST, Kind.PEOPLE)


def _after(head: str, option: Option) -> Option:
    if not head:
        return option
    return Option(f"{head}, {option.label}", f"{head}, {option.value}")


def _fitting(names: list[str], typed: str) -> list[str]:
    wanted = typed.strip().lower().replace(" ", "_").lstrip("@")
    found = [name for name in names if wanted in name.lower().replace(" ", "_")]
    found.sort(key=lambda name: not name.lower().rpartition("/")[2].startswith(wanted))
    return found[:MOST]


async def _from_offers(
    work: UnitOfWork, argument: Argument, asked: SuggestionsAsked, now: datetime
) -> list[Option]:
    offers = [
        offer
        for programme_id in await _programmes(work, asked)
        for offer in await work.mentoring.offers(programme_id, now)
    ]
    if argument.kind is Kind.LIST:
        topics = dict.fromkeys(topic for offer, _ in offers for topic in offer.topics)
        return [Option(topic, topic) for topic in topics]
    return [
        Option(offer.name, await _as_typed(work, offer.membership_id, offer.name, asked))
        for offer, _ in offers
        if offer.has_room
    ]


async def _programmes(work: UnitOfWork, asked: SuggestionsAsked) -> tuple[int, ...]:
    """The community's programme; where none is told, all that the person has joined."""
    if asked.community is not None:
        programme = await work.programmes.of_community(asked.community)
        return (programme.id,) if programme else ()
    account = await work.accounts.find(asked.actor.account)
    members = await work.memberships.of_account(account.id) if account else ()
    return tuple(one.programme_id for one in members if one.joined_at)


async def _visions(work: UnitOfWork, asked: SuggestionsAsked) -> list[Option]:
    account = await work.accounts.find(asked.actor.account)
    return [
        Option(f"{vision.years} · {vision.text}", str(vision.years))
        for vision in (await work.compass.visions(account.id) if account else ())
    ]


async def _partners(work: UnitOfWork, asked: SuggestionsAsked) -> list[Option]:
    account = await work.accounts.find(asked.actor.account)
    members = await work.memberships.of_account(account.id) if account else ()
    return [
        Option(name, await _as_typed(work, pair.partner_of(member.id), name, asked))
        for member in members
        for pair in await work.mentoring.pairs_of(member.id)
        for name in [pair.partner_name(member.id)]
    ]


async def _as_typed(
    work: UnitOfWork, membership_id: int, name: str, asked: SuggestionsAsked
) -> str:
    """Someone by their id where they are on the same platform, else by their name."""
    membership = await work.memberships.get(membership_id)
    origin = await work.accounts.origin(membership.account_id)
    return f"@{origin.native_id if origin.platform == asked.actor.account.platform else name}"
