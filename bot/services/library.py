"""The shipped prompts, read from their files and brought into the database."""

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files

from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room
from bot.ports.storage import Storage


@cache
def shipped() -> tuple[LibraryPrompt, ...]:
    """Every shipped prompt, by practice and room."""
    found: list[LibraryPrompt] = []
    for practice in Practice:
        source = files("bot.library").joinpath("prompts", f"{practice}.toml")
        rooms = tomllib.loads(source.read_text(encoding="utf-8"))
        for room in Room:
            found += [LibraryPrompt(key, practice, room, text) for key, text in rooms[room].items()]
    return tuple(found)


async def publish(storage: Storage, at: datetime) -> None:
    """Bring the shipped prompts into the database, at every start."""
    async with storage.work() as work:
        await work.prompts.publish(shipped(), at)
