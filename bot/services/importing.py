"""An export brought into another community, by the person who wrote it."""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from bot.domain.compass import StoneKind
from bot.domain.errors import UserError
from bot.domain.membership import Membership
from bot.domain.prompts import Room
from bot.domain.reflection import Via
from bot.ports.storage import UnitOfWork
from bot.services.exporting import FORMAT, VERSION

MAX_DOCUMENT = 50_000_000
"""The most bytes of the unpacked JSON: a small zip can unpack to very much."""

MAX_WORDS = 40_000
"""The most characters of one text."""


class _Why(BaseModel):
    text: str = Field(min_length=1, max_length=MAX_WORDS)
    written_at: AwareDatetime


class _Vision(_Why):
    years: int = Field(ge=1, le=60)


class _Stone(BaseModel):
    text: str = Field(min_length=1, max_length=MAX_WORDS)
    kind: StoneKind
    laid_at: AwareDatetime
    reflection: int | None = None
    vision_years: int | None = None


class _Prompt(BaseModel):
    id: str


class _Reflection(_Why):
    number: int
    via: Via
    prompt: _Prompt | None = None


class _Document(BaseModel):
    format: str
    version: int
    whys: list[_Why] = []
    visions: list[_Vision] = []
    stones: list[_Stone] = []
    reflections: list[_Reflection] = []


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was new; what was here already is not doubled."""

    reflections: int
    stones: int
    others: int


async def bring_in(work: UnitOfWork, member: Membership, packed: bytes) -> Imported:
    """Add everything of an export that is not here yet, each at the time when it was written.

    Raises UserError for anything that is not an export of Cairn, or of a later release.
    """
    document = _read(packed)
    numbers, reflections = await _reflections(work, member, document)
    others = await _whys_and_visions(work, member.account_id, document)
    stones = await _stones(work, member.account_id, document, numbers)
    return Imported(reflections, stones, others)


def _read(packed: bytes) -> _Document:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if archive.getinfo("cairn.json").file_size > MAX_DOCUMENT:
                raise UserError("import.unreadable")
            document = _Document.model_validate_json(archive.read("cairn.json"))
    except (zipfile.BadZipFile, KeyError, ValidationError, NotImplementedError, OSError) as error:
        raise UserError("import.unreadable") from error
    if document.format != FORMAT:
        raise UserError("import.unreadable")
    if document.version > VERSION:
        raise UserError("import.too_new")
    return document


async def _reflections(
    work: UnitOfWork, member: Membership, document: _Document
) -> tuple[dict[int, int], int]:
    here = {
        (_second(r.written_at), r.text): r.id
        for r in await work.reflections.of_author(member.account_id)
    }
    prompts = {
        prompt.key: prompt.id
        for room in Room
        for prompt in await work.prompts.pool(member.programme_id, room)
    }
    numbers: dict[int, int] = {}
    added = 0
    for told in document.reflections:
        key = (_second(told.written_at), told.text)
        if key not in here:
            here[key] = await work.reflections.add(
                member.account_id,
                via=told.via,
                text=told.text,
                at=told.written_at,
                prompt_id=prompts.get(told.prompt.id) if told.prompt else None,
            )
            added += 1
        numbers[told.number] = here[key]
    return numbers, added


async def _whys_and_visions(work: UnitOfWork, author_id: int, document: _Document) -> int:
    whys = {(_second(why.written_at), why.text) for why in await work.compass.whys(author_id)}
    visions = {
        (_second(vision.written_at), vision.years, vision.text)
        for vision in await work.compass.visions(author_id)
    }
    added = 0
    for why in document.whys:
        if (_second(why.written_at), why.text) not in whys:
            await work.compass.write_why(author_id, why.text, why.written_at)
            added += 1
    for vision in document.visions:
        if (_second(vision.written_at), vision.years, vision.text) not in visions:
            await work.compass.write_vision(author_id, vision.years, vision.text, vision.written_at)
            added += 1
    return added


async def _stones(
    work: UnitOfWork, author_id: int, document: _Document, numbers: dict[int, int]
) -> int:
    here = {(_second(s.laid_at), s.text) for s in await work.compass.stones(author_id)}
    visions = {v.years: v.id for v in await work.compass.visions(author_id)}
    added = 0
    for stone in document.stones:
        if (_second(stone.laid_at), stone.text) in here:
            continue
        pinned = numbers.get(stone.reflection) if stone.reflection is not None else None
        await work.compass.lay_stone(
            author_id,
            kind=stone.kind,
            at=stone.laid_at,
            text=stone.text if pinned is None else None,
            reflection_id=pinned,
            vision_id=visions.get(stone.vision_years or 0),
        )
        added += 1
    return added


def _second(at: datetime) -> datetime:
    # an export tells times to the second
    return at.replace(microsecond=0)
