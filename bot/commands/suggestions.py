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
    if asked.community is None:
        return []
    programme = await work.programmes.of_community(asked.community)
    if programme is None:
        return []
    offers = await work.mentoring.offers(programme.id, now)
    if argument.kind is Kind.LIST:
        topics = dict.fromkeys(topic for offer, _ in offers for topic in offer.topics)
        return [Option(topic, topic) for topic in topics]
    return [
        Option(offer.name, f"@{(await _origin(work, offer.membership_id))}")
        for offer, _ in offers
        if offer.has_room
    ]


async def _origin(work: UnitOfWork, membership_id: int) -> str:
    membership = await work.memberships.get(membership_id)
    return (await work.accounts.origin(membership.account_id)).native_id
