"""Plays a transcript of the console on Slack: the same people do the same things there."""

import asyncio
import io
import json
import re
import zipfile
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
from tests.e2e.served import NOTICED_AFTER, Quiet, Rehearsal
from tests.servers.slack.hands import PersonHands, typed
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import Channel, StoredMessage, Workspace

_CHANNEL = re.compile(r"#([a-z]+)")
SHORTEST_STEP = timedelta(minutes=1)


class Player:
    """Everybody's hands at once; time moves only when a line says so."""

    def __init__(
        self, slack: SlackServer, workspace: Workspace, clock: Rehearsal, quiet: Quiet
    ) -> None:
        self._slack, self._workspace = slack, workspace
        self._clock, self._quiet = clock, quiet
        self._people: dict[str, PersonHands] = {}
        self._who, self._where = "ben", ""
        self._filled: dict[str, dict[str, str]] = {}
        self._last_said: dict[tuple[str, str], list[StoredMessage]] = {}

    def add(self, *names: str, admins: frozenset[str] = frozenset({"cora"})) -> None:
        """People come to the workspace."""
        for name in names:
            self._people[name] = self._slack.add_person(
                self._workspace, f"U{name.upper()}", name, is_admin=name in admins
            )

    async def play(self, lines: list[str]) -> None:
        """Do what each line says, and let the program settle after it."""
        for line in lines:
            directive = read(line)
            match directive:
                case As(name):
                    self._be(name)
                case In(name):
                    self._where = self._channel(name).id
                case Dm():
                    self._where = self._me.direct.id
                case Fill(field, value):
                    self._filled.setdefault(self._who, {})[field] = value
                case Wait():
                    await self._wait(
                        directive.until or self._clock.now() + (directive.length or timedelta())
                    )
                case Quit():
                    return
                case _:
                    await self._act(directive)
                    await self._quiet.wait(self._slack)

    @property
    def _me(self) -> PersonHands:
        return self._people[self._who]

    @property
    def _here(self) -> Channel:
        return self._workspace.channels[self._where]

    def _be(self, name: str) -> None:
        is_direct = self._where and self._here.kind == "im"
        self._who = name
        if is_direct or not self._where:
            self._where = self._me.direct.id
        self._here.members.add(self._me.id)

    def _channel(self, name: str) -> Channel:
        channel_id = f"C{name.upper()}"
        if channel_id not in self._workspace.channels:
            self._workspace.add_channel(channel_id, name, bot_is_member=False)
        channel = self._workspace.channels[channel_id]
        channel.members.add(self._me.id)
        return channel

    async def _wait(self, until: datetime) -> None:
        await self._quiet.wait(self._slack)
        while (step := await self._quiet.next_at()) is not None and step < until:
            await self._move_to(max(step, self._clock.now() + timedelta(seconds=1)))
        await self._move_to(until)

    async def _move_to(self, at: datetime) -> None:
        self._clock.move_to(at)
        await asyncio.sleep(NOTICED_AFTER)
        await self._quiet.wait(self._slack)

    async def _act(self, directive: object) -> None:
        me, here = self._me, self._here
        match directive:
            case Command(words):
                written = _CHANNEL.sub(lambda found: f"<#C{found[1].upper()}|{found[1]}>", words)
                for name in _CHANNEL.findall(words):
                    self._channel(name)
                await me.command(_escaped(written), here.id)
            case Press(number):
                await me.press(self._latest_with_buttons(), number=number)
            case Submit():
                await me.submit(self._filled.pop(self._who, {}))
                assert not me.errors, me.errors
            case Say(text):
                self._remember(await me.say(typed(text), here.id))
            case Reply(text):
                prompt = self._last_prompt()
                self._remember(await me.say(typed(text), here.id, prompt.ts))
            case React(name):
                await me.react(name, self._last_prompt())
            case Menu(name):
                people = [m for m in self._workspace.messages(here.id) if not m.is_cairns]
                await me.message_shortcut(f"cairn:{name}", people[-1])
            case Edit(text):
                await me.edit(self._own()[-1], typed(text))
            case Delete():
                await me.delete(self._own().pop())
            case other:
                raise AssertionError(f"not played on Slack: {other}")

    def _remember(self, said: StoredMessage) -> None:
        self._own().append(said)

    def _own(self) -> list[StoredMessage]:
        return self._last_said.setdefault((self._who, self._where), [])

    def _latest_with_buttons(self) -> StoredMessage:
        seen = [m for m in self._here.messages if m.ephemeral_to in (None, self._me.id)]
        return next(m for m in reversed(seen) if m.is_cairns and m.buttons())

    def _last_prompt(self) -> StoredMessage:
        posted = [m for m in self._workspace.messages(self._where) if m.metadata is not None]
        return next(
            m
            for m in reversed(posted)
            if any(b["element"]["action_id"].startswith("cairn:answer") for b in m.buttons())
        )

    def export(self, name: str) -> dict[str, Any]:
        """The last export that someone was handed."""
        shared = [m for m in self._people[name].direct.messages if m.files]
        content = shared[-1].files[0]["bytes"]["content"]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            document: dict[str, Any] = json.loads(archive.read("cairn.json"))
        return document


def _escaped(words: str) -> str:
    """What someone types in a command, its channels mentioned already."""
    parts = re.split(r"(<#[A-Z]+\|[a-z]+>)", words)
    return "".join(part if number % 2 else typed(part) for number, part in enumerate(parts))
