"""Everything that a person wrote, as Markdown and JSON, to take away."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.chat.identity import AccountRef
from bot.chat.outgoing import File
from bot.chat.wording import Wording, clock_time
from bot.domain.compass import Stone, Vision, Why
from bot.domain.membership import Membership
from bot.domain.mentoring import Search
from bot.domain.prompts import Prompt
from bot.domain.reflection import Reflection
from bot.domain.wall_time import find_zone, to_wall
from bot.ports.mentoring import MentoringWords, MentoringWordsKind
from bot.ports.storage import UnitOfWork

FORMAT = "cairn-export"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """All that a person has in Cairn."""

    name: str
    origin: AccountRef
    memberships: tuple[Membership, ...]
    whys: tuple[Why, ...]
    visions: tuple[Vision, ...]
    stones: tuple[Stone, ...]
    reflections: tuple[Reflection, ...]
    reactions: tuple[tuple[int, str, datetime], ...]
    prompts: Mapping[int, Prompt]
    searches: tuple[Search, ...] = ()
    mentoring: tuple[MentoringWords, ...] = ()


async def gather(work: UnitOfWork, account_id: int, name: str) -> Belongings:
    """Read all that a person has in Cairn."""
    reflections = await work.reflections.of_author(account_id)
    reactions = await work.reflections.reactions(account_id)
    memberships = await work.memberships.of_account(account_id)
    searches = [await work.mentoring.search_of(member.id) for member in memberships]
    notes = [one for member in memberships for one in await work.mentoring.words_of(member.id)]
    letters = [
        MentoringWords(MentoringWordsKind.LETTER, one.to_name, one.text, one.written_at)
        for one in await work.letters.of_author(account_id)
    ]
    asked = {r.prompt_id for r in reflections if r.prompt_id is not None}
    asked |= {prompt_id for prompt_id, _, _ in reactions}
    return Belongings(
        name=name,
        origin=await work.accounts.origin(account_id),
        memberships=memberships,
        whys=await work.compass.whys(account_id),
        visions=await work.compass.visions(account_id),
        stones=await work.compass.stones(account_id),
        reflections=reflections,
        reactions=reactions,
        prompts=await work.prompts.many(sorted(asked)),
        searches=tuple(search for search in searches if search),
        mentoring=tuple(sorted((*letters, *notes), key=lambda one: (one.written_at, one.kind))),
    )


def export(belongings: Belongings, say: Wording, zone: str, now: datetime) -> File:
    """A zip with `cairn.json` for machines and `cairn.md` for people, dates in `zone`."""
    day = to_wall(now, find_zone(zone)).date().isoformat()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        document = json.dumps(to_document(belongings, now), ensure_ascii=False, indent=2)
        _put(archive, "cairn.json", document + "\n", now)
        _put(archive, "cairn.md", to_markdown(belongings, say, zone), now)
    return File(f"cairn-export-{_file_name(belongings.name)}-{day}.zip", packed.getvalue())


def _put(archive: zipfile.ZipFile, name: str, text: str, now: datetime) -> None:
    entry = zipfile.ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in name.lower()).strip("-")
    return kept[:64] or "member"


def to_document(belongings: Belongings, now: datetime) -> dict[str, Any]:
    """The export as JSON; what only the platform knows stands under `origin`."""
    numbers = {r.id: number for number, r in enumerate(belongings.reflections, 1)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": _time(now),
        "origin": {
            "platform": belongings.origin.platform,
            "account": belongings.origin.native_id,
        },
        "name": belongings.name,
        "memberships": [_membership(m) for m in belongings.memberships],
        "whys": [
            {
                "text": why.text,
                "written_at": _time(why.written_at),
                "replaced_at": _time(why.replaced_at),
            }
            for why in belongings.whys
        ],
        "visions": [
            {
                "years": vision.years,
                "text": vision.text,
                "written_at": _time(vision.written_at),
                "replaced_at": _time(vision.replaced_at),
            }
            for vision in belongings.visions
        ],
        "stones": [_stone(stone, belongings, numbers) for stone in belongings.stones],
        "reflections": [
            _reflection(reflection, numbers[reflection.id], belongings.prompts)
            for reflection in belongings.reflections
        ],
        "reactions": [
            {"prompt": _prompt(belongings.prompts[prompt_id]), "name": name, "at": _time(at)}
            for prompt_id, name, at in belongings.reactions
        ],
        "mentoring": {
            "searches": [
                {"topics": list(search.topics), "purpose": search.purpose}
                for search in belongings.searches
            ],
            "written": [
                {
                    "kind": words.kind.value,
                    "to": words.to,
                    "text": words.text,
                    "written_at": _time(words.written_at),
                }
                for words in belongings.mentoring
            ],
        },
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _membership(membership: Membership) -> dict[str, Any]:
    settings = membership.settings
    return {
        "joined_at": _time(membership.joined_at),
        "coordinator": membership.is_coordinator,
        "settings": settings
        and {
            "zone": settings.zone,
            "time": clock_time(settings.minute),
            "days": str(settings.days),
            "quiet": str(settings.quiet),
            "cadence": settings.cadence.value,
            "language": settings.language,
        },
    }


def _stone(stone: Stone, belongings: Belongings, numbers: Mapping[int, int]) -> dict[str, Any]:
    vision = next((v for v in belongings.visions if v.id == stone.vision_id), None)
    return {
        "kind": stone.kind.value,
        "text": stone.text,
        "laid_at": _time(stone.laid_at),
        "reflection": stone.reflection_id and numbers.get(stone.reflection_id),
        "vision_years": vision and vision.years,
        "origin": {"link": stone.link},
    }


def _reflection(
    reflection: Reflection, number: int, prompts: Mapping[int, Prompt]
) -> dict[str, Any]:
    prompt = prompts.get(reflection.prompt_id) if reflection.prompt_id else None
    return {
        "number": number,
        "prompt": prompt and _prompt(prompt),
        "via": reflection.via.value,
        "text": reflection.text,
        "written_at": _time(reflection.written_at),
        "edited_at": _time(reflection.edited_at),
        "parts": [{"text": part.text, "said_at": _time(part.said_at)} for part in reflection.parts],
    }


def _prompt(prompt: Prompt) -> dict[str, str]:
    return {"id": prompt.key, "practice": prompt.practice.value, "text": prompt.text}


def to_markdown(belongings: Belongings, say: Wording, zone: str) -> str:
    """The export for reading, in the order in which things were written."""

    def day(at: datetime) -> str:
        return say.full_day(to_wall(at, find_zone(zone)).date())

    lines = [f"# {say('export.title', name=belongings.name)}", ""]
    if belongings.whys:
        lines += [f"## {say('export.whys')}", ""]
        for why in belongings.whys:
            lines += [f"*{day(why.written_at)}*", "", *_quoted(why.text), ""]
    if belongings.visions:
        lines += [f"## {say('export.visions')}", ""]
        for vision in belongings.visions:
            years = say.count("export.years", vision.years)
            lines += [f"### {years}", "", f"*{day(vision.written_at)}*", ""]
            lines += [*_quoted(vision.text), ""]
    if belongings.stones:
        lines += [f"## {say('export.stones')}", ""]
        for stone in belongings.stones:
            lines += [f"*{day(stone.laid_at)} · {say(f'stone.kind.{stone.kind}')}*", ""]
            lines += [*_quoted(stone.text), ""]
    if belongings.reflections:
        lines += [f"## {say('export.reflections')}", ""]
        for reflection in belongings.reflections:
            prompt = belongings.prompts.get(reflection.prompt_id or 0)
            asked = prompt.text if prompt else say("export.unasked")
            lines += [f"### {asked}", "", f"*{day(reflection.written_at)}*", ""]
            lines += [*_quoted(reflection.text), ""]
    if belongings.mentoring:
        lines += [f"## {say('export.mentoring')}", ""]
        for words in belongings.mentoring:
            name = words.to or say("export.someone")
            title = say(f"export.mentoring_{words.kind}", name=name)
            lines += [f"### {title}", "", f"*{day(words.written_at)}*", ""]
            lines += [*_quoted(words.text), ""]
    return "\n".join(lines).rstrip() + "\n"


def _quoted(text: str) -> list[str]:
    return [f"> {line}" if line else ">" for line in text.splitlines()]
