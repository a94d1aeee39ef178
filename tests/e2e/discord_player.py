"""Plays a transcript of the console on Discord: the same people do the same things there."""

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.console.directives import (
    As,
    Command,
    Delete,
    Dm,
    Edit,
    Fill,
    In,
    Menu,
    Press,
    Quit,
    React,
    Reply,
    Say,
    Submit,
    Wait,
    read,
)
from bot.commands.arguments import Kind
from bot.commands.declared import COMMANDS
from bot.commands.reader import find_command, read_arguments
from tests.e2e.served import NOTICED_AFTER, Quiet, Rehearsal
from tests.servers.discord.hands import PersonHands
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel, Guild, StoredMessage

EMOJI = {"heart": "heart:1475000000000000001", "wave": "wave:1475000000000000002"}
"""The server's own, since only they have a name."""

ADMIN = "cairn-admin"
IN_SERVER = (ADMIN, "cairn start")
MENU = {"pin": "Pin as stepping stone"}


class Player:
    """Everybody's hands at once; time moves only when a line says so."""

    def __init__(
        self, discord: DiscordServer, guild: Guild, clock: Rehearsal, quiet: Quiet
    ) -> None:
        self._discord, self._guild = discord, guild
        self._clock, self._quiet = clock, quiet
        self._people: dict[str, PersonHands] = {}
        self._channels: dict[str, Channel] = {}
        self._who = "ben"
        self._where: Channel | None = None
        self._filled: dict[str, dict[str, str]] = {}
        self._last_said: dict[tuple[str, str], list[StoredMessage]] = {}

    def add(self, *names: str, admins: frozenset[str] = frozenset({"cora"})) -> None:
        """People come to the server."""
        for name in names:
            more = int(Permission.MANAGE_GUILD) if name in admins else 0
            self._people[name] = self._discord.add_person(self._guild, name, permissions=more)

    async def play(self, lines: list[str]) -> None:
        """Do what each line says, and let the program settle after it."""
        for line in lines:
            directive = read(line)
            match directive:
                case As(name):
                    self._be(name)
                case In(name):
                    self._where = self._channel(name)
                case Dm():
                    self._where = self._me.direct
                case Fill(field, value):
                    self._filled.setdefault(self._who, {})[field] = value
                case Wait():
                    length = directive.length or timedelta()
                    await self._wait(directive.until or self._clock.now() + length)
                case Quit():
                    return
                case _:
                    await self._act(directive)
                    await self._quiet.wait(self._discord)

    @property
    def _me(self) -> PersonHands:
        return self._people[self._who]

    @property
    def _here(self) -> Channel:
        assert self._where is not None
        return self._where

    def _be(self, name: str) -> None:
        self._who = name
        if self._where is None or self._where.is_direct:
            self._where = self._me.direct

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = self._discord.acts.create_channel(self._guild, name)
        return self._channels[name]

    async def _wait(self, until: datetime) -> None:
        await self._quiet.wait(self._discord)
        while (step := await self._quiet.next_at()) is not None and step < until:
            await self._move_to(max(step, self._clock.now() + timedelta(seconds=1)))
        await self._move_to(until)

    async def _move_to(self, at: datetime) -> None:
        self._clock.move_to(at)
        await asyncio.sleep(NOTICED_AFTER)
        await self._quiet.wait(self._discord)

    async def _act(self, directive: object) -> None:
        me, here = self._me, self._here
        match directive:
            case Command(words):
                path, options = self._typed(words)
                if here.is_direct and path.startswith(IN_SERVER):
                    # a direct conversation belongs to no server
                    here = self._channel("team")
                await me.command(path, options, here)
            case Press(number):
                await me.press(me.latest(here), number=number)
            case Submit():
                await me.submit(self._filled.pop(self._who, {}))
            case Say(text):
                self._remember(await me.say(text, here))
            case Reply(text):
                self._remember(await self._reply(text))
            case React(name):
                await me.react(EMOJI[name], self._last_prompt())
            case Menu(name):
                people = [m for m in here.standing() if not m.author.is_bot]
                await me.message_command(MENU[name], people[-1])
            case Edit(text):
                await me.edit(self._own()[-1], text)
            case Delete():
                await me.delete(self._own().pop())
            case other:
                raise AssertionError(f"not played on Discord: {other}")

    def _typed(self, words: str) -> tuple[str, Mapping[str, Any]]:
        """A command as it is typed on the console, with Discord's options."""
        command, rest = find_command(words, COMMANDS)
        kinds = {argument.name: argument.kind for argument in command.arguments}
        options: dict[str, Any] = {}
        for name, value in read_arguments(rest, command).items():
            match kinds[name]:
                case Kind.CHANNEL:
                    options[name] = self._channel(value.removeprefix("#"))
                case Kind.NUMBER:
                    options[name] = int(value)
                case _:
                    options[name] = value
        root, _, path = command.name.partition(" ")
        return (f"{ADMIN} {path}" if root == "admin" else f"cairn {command.name}"), options

    async def _reply(self, text: str) -> StoredMessage:
        """In the prompt's thread, or by a reply to it where there is none."""
        prompt = self._last_prompt()
        thread = self._guild.channels.get(prompt.id)
        if thread is None:
            return await self._me.reply(text, prompt)
        return await self._me.say(text, thread)

    def _remember(self, said: StoredMessage) -> None:
        self._own().append(said)

    def _own(self) -> list[StoredMessage]:
        return self._last_said.setdefault((self._who, self._here.id), [])

    def _last_prompt(self) -> StoredMessage:
        return next(
            message
            for message in reversed(self._here.standing())
            if message.interaction is None
            and any(
                each["element"]["custom_id"].startswith("cairn:answer")
                for each in message.buttons()
            )
        )

    def export(self, name: str) -> dict[str, Any]:
        """The last export that someone was handed."""
        person = self._people[name]
        shared = [m for m in (*person.direct.standing(), *person.ephemerals) if m.attachments]
        latest = max(shared, key=lambda message: int(message.id))
        with zipfile.ZipFile(io.BytesIO(self._discord.file(latest.attachments[0]))) as archive:
            document: dict[str, Any] = json.loads(archive.read("cairn.json"))
        return document
