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
    match argument.kind:
        case Kind.CHOICE:
            options = [Option(choice, choice) for choice in argument.choices]
        case Kind.ZONE:
            return tuple(_with_time(name, now) for name in _fitting(zone_names(), asked.typed))
        case Kind.LIST | Kind.PERSON:
            options = await _from_offers(work, argument, asked)
        case _:
            options = []
    by_label = {option.label: option for option in options}
    return tuple(by_label[label] for label in _fitting(list(by_label), asked.typed))


def _fitting(names: list[str], typed: str) -> list[str]:
    wanted = typed.strip().lower().replace(" ", "_").lstrip("@")
    found = [name for name in names if wanted in name.lower().replace(" ", "_")]
    found.sort(key=lambda name: not name.lower().rpartition("/")[2].startswith(wanted))
    return found[:MOST]


def _with_time(name: str, now: datetime) -> Option:
    return Option(f"{name} · {now.astimezone(ZoneInfo(name)):%H:%M}", name)


async def _from_offers(
    work: UnitOfWork, argument: Argument, asked: SuggestionsAsked
) -> list[Option]:
    if asked.community is None:
        return []
    programme = await work.programmes.of_community(asked.community)
    if programme is None:
        return []
    offers = await work.mentoring.offers(programme.id)
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
