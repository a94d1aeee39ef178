"""A Discord of its own on loopback, that the real client talks to and that forgives nothing."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from aiohttp import web

from tests.servers.discord import (
    events,
    guild_routes,
    interactions,
    message_routes,
    thread_routes,
)
from tests.servers.discord.acts import Acts
from tests.servers.discord.faults import Fault, Faults
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.hands import PersonHands
from tests.servers.discord.interactions import Interaction
from tests.servers.discord.limits import Limits, Verdict
from tests.servers.discord.permissions import Permission
from tests.servers.discord.refusals import RefusedError
from tests.servers.discord.routes import Asked, Route, Upload
from tests.servers.discord.world import (
    DIRECT,
    REPLY,
    Application,
    Channel,
    Guild,
    Json,
    Role,
    Snowflakes,
    StoredMessage,
    User,
)
from tests.servers.recording import Recording

SETTLES_IN = 0.15
NONCE_LIVES = timedelta(minutes=2)
BOT_PERMISSIONS = int(
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What the role of an invited app may do, if nobody says otherwise."""

ROUTES: tuple[Route, ...] = (
    *guild_routes.ROUTES,
    *thread_routes.ROUTES,
    *message_routes.ROUTES,
    *interactions.ROUTES,
)
_AN_APP_WRONGED = frozenset({50006, 50035, 50109, 40005})
"""Refusals that tell of a fault in the app, whatever anybody did."""


@dataclass(frozen=True)
class ApiCall:
    """One request as it came, with its answer; `at` in seconds of the monotonic clock."""

    operation: str
    path: dict[str, str]
    body: Json
    status: int
    response: Any
    at: float


class Nonces:
    """The messages of the last minutes, by author and nonce."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[tuple[str, str], tuple[datetime, StoredMessage]] = {}
        self.found = 0
        """How often a message was given back instead of said again."""

    def find(self, author: str, nonce: str) -> StoredMessage | None:
        kept_at, message = self._kept.get((author, nonce), (None, None))
        if kept_at is None or self._now() - kept_at > NONCE_LIVES:
            return None
        self.found += 1
        return message

    def keep(self, author: str, nonce: str, message: StoredMessage) -> None:
        self._kept[author, nonce] = self._now(), message


class DiscordServer:
    """`async with DiscordServer() as discord:`; `now` is Discord's clock.

    `intents` are the privileged ones that the app's page has switched on: members, presences,
    message_content. `waits_for_acks` lets whoever acts wait until the app has acknowledged
    (or three seconds are over).
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        recording: Path | None = None,
        intents: Iterable[str] = (),
        heartbeat_interval: float = 41.25,
        session_lives: float = 120.0,
    ) -> None:
        self.now = now
        self.snowflakes = Snowflakes(now)
        self.limits = limits or Limits.none()
        self.faults = Faults()
        self.recording = Recording("discord", recording)
        self.guilds: dict[str, Guild] = {}
        self.people: dict[str, User] = {}
        self.directs: dict[str, Channel] = {}
        """Conversations with the app, by person."""
        self.application = self._make_application(set(intents))
        self.gateway = Gateway(
            self.application,
            self.guilds,
            self.people,
            self.recording,
            heartbeat_interval=heartbeat_interval,
            session_lives=session_lives,
        )
        self.acts = Acts(self)
        self.nonces = Nonces(now)
        self.interactions: dict[str, Interaction] = {}
        self.waits_for_acks = True
        self.overheard = 0
        """How many first answers to come are taken, but not shown to who waits for them."""
        self.calls: list[ApiCall] = []
        self.late: list[Interaction] = []
        self.violations: list[str] = []
        self.mentions: list[str] = []
        self.rate_limited: list[tuple[str, str, float]] = []
        self._directs: dict[str, Channel] = {}
        self._hands: dict[str, PersonHands] = {}
        self._files: dict[str, bytes] = {}
        self._runner: web.AppRunner | None = None
        self.origin = ""

    def _make_application(self, intents: set[str]) -> Application:
        application_id = self.snowflakes.next()
        bot = User(application_id, "cairn", is_bot=True)
        owner = User(self.snowflakes.next(), "host")
        self.people |= {bot.id: bot, owner.id: owner}
        token = f"local.bot.{uuid4().hex}"
        return Application(application_id, "Cairn", bot, owner, token, intents)

    @property
    def token(self) -> str:
        return self.application.token

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/v10"

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50_000_000)
        for route in ROUTES:
            app.router.add_route(route.method, f"/api/v10{route.template}", self._serving(route))
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/files/{file}/{name}", self._download)
        app.router.add_route("*", "/{rest:.*}", self._serve_unknown)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.gateway.origin = self.origin
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.close()
        assert self._runner is not None
        await self._runner.cleanup()
        self.recording.close()

    # the world

    def add_guild(
        self, name: str = "Acme", *, with_bot: bool = True, locale: str = "en-US"
    ) -> Guild:
        """A guild, owned by the app's host, without any channel yet."""
        owner = self.application.owner
        made = Guild(self.snowflakes.next(), name, owner.id, self.snowflakes, self.now, locale)
        made.join(owner)
        self.guilds[made.id] = made
        if with_bot:
            self.add_bot(made)
        return made

    def add_bot(self, guild: Guild, permissions: int = BOT_PERMISSIONS) -> Role:
        """Put the app into a guild, with a role of its own."""
        bot = self.application.bot
        guild.bot_joined_at = self.now()
        member = guild.join(bot, permissions)
        role = guild.roles[member.roles[0]]
        role.is_managed = True
        return role

    def add_person(
        self, guild: Guild, name: str, *, permissions: int = 0, **profile: Any
    ) -> PersonHands:
        """Somebody new, in a guild; `permissions` are what they may do more than everyone."""
        person = User(self.snowflakes.next(), name, **profile)
        self.people[person.id] = person
        guild.join(person, permissions)
        self._hands[person.id] = PersonHands(self, guild, person)
        return self._hands[person.id]

    def hands(self, user_id: str) -> PersonHands:
        return self._hands[user_id]

    def channel(self, channel_id: str) -> Channel | None:
        """A channel, thread or direct conversation."""
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
        return self._directs.get(channel_id)

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds.get(channel.guild_id or "")

    def direct(self, person: User) -> Channel:
        """Somebody's conversation with the app."""
        if person.id not in self.directs:
            made = Channel(self.snowflakes.next(), DIRECT, "")
            made.members = {person.id: self.now(), self.application.bot.id: self.now()}
            self.directs[person.id] = self._directs[made.id] = made
        return self.directs[person.id]

    def spoil_token(self) -> None:
        """The token that the app has is worth nothing from now on."""
        self.application.token = f"local.bot.{uuid4().hex}"

    # messages

    def new_message(
        self,
        channel: Channel,
        author: User,
        content: str = "",
        nonce: str | int | None = None,
    ) -> StoredMessage:
        """A message that nobody has seen yet."""
        mentions = self.mentioned(content)
        message_id = self.snowflakes.next()
        return StoredMessage(
            message_id, channel.id, author, content, nonce=nonce, mentions=mentions
        )

    def mentioned(self, content: str) -> list[str]:
        """Whom a text names."""
        found = [part.split(">")[0].lstrip("!") for part in content.split("<@")[1:]]
        return [each for each in dict.fromkeys(found) if each in self.people]

    def shown(self, message: StoredMessage, *, in_full: bool | None = None) -> Json:
        """A message as the app sees it."""
        if in_full is None:
            in_full = self.application.sees_content
        where = self.channel(message.channel_id)
        if where is None:
            raise RefusedError(10003)
        reader = self.application.bot.id
        content = events.message(message, where, reader, self.people, in_full=in_full)
        if message.kind == REPLY and message.reference is not None:
            earlier = where.find(message.reference["message_id"])
            content["referenced_message"] = earlier and events.message(
                earlier, where, reader, self.people, in_full=in_full
            )
        if events.has_thread(message) and (thread := self.channel(message.id)) is not None:
            content["thread"] = events.channel(thread, reader, self.people)
        return content

    def show(self, channel: Channel, message: StoredMessage, *, is_new: bool = True) -> None:
        """Show an answer; one that only one person sees is theirs."""
        if message.ephemeral_to:
            channel.messages[message.id] = message
            seen = self.hands(message.ephemeral_to).ephemerals
            if message not in seen and not message.is_loading:
                seen.append(message)
        elif message.id in channel.messages:
            self.acts.change(channel, message)
        else:
            self.acts.say(channel, message)

    def note_mentions(self, found: list[str]) -> None:
        self.mentions += found

    def keep_file(self, channel_id: str, upload: Upload) -> Json:
        """Keep a file; the attachment that shows it."""
        number = self.snowflakes.next()
        self._files[number] = upload.content
        url = f"{self.origin}/files/{number}/{upload.filename}"
        return {
            "id": number,
            "filename": upload.filename,
            "size": len(upload.content),
            "url": url,
            "proxy_url": url,
            "content_type": upload.content_type,
        }

    def file(self, attachment: Json) -> bytes:
        """What is in an attached file."""
        return self._files[attachment["id"]]

    # interactions

    def open_modal(self, found: Interaction) -> None:
        self.hands(found.user.id).see_modal(found)

    async def offer(self, found: Interaction, payload: Json) -> Interaction:
        """Hand an interaction to the app and wait, if that is wanted, until it answers."""
        self.interactions[found.token] = found
        reached = self.gateway.tell("INTERACTION_CREATE", payload, payload.get("guild_id"))
        if reached and self.waits_for_acks:
            try:
                async with asyncio.timeout(interactions.TO_ANSWER):
                    await found.done.wait()
            except TimeoutError:
                self.late.append(found)
        return found

    async def quiet(self, patience: float = 10) -> None:
        """Wait until the app has heard everything, and a moment more for what it does with it."""
        async with asyncio.timeout(patience):
            await self.gateway.heard()
        await asyncio.sleep(SETTLES_IN)

    # from the app

    def _serving(self, route: Route) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(route, request)

        return serve

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        path, query = dict(request.match_info), dict(request.query)
        try:
            body, files = await _content(request)
        except (TypeError, ValueError):
            self.violations.append(f"{route.operation}: no JSON")
            nothing = Asked(self, path, query, {})
            return self._answered(route, nothing, 400, RefusedError(50109).shown(), {})
        asked = Asked(self, path, query, body, files)
        fault = self.faults.take(route.operation, body)
        if fault is not None and not fault.after_doing:
            wrong = await self._go_wrong(fault, route, asked, request)
            if wrong is not None:
                return wrong
        authorization = request.headers.get("Authorization", "")
        status, response, headers = self._answer(route, asked, authorization)
        self.recording.write(
            "http",
            operation=route.operation,
            method=route.method,
            path=route.template,
            query=query,
            body=body,
            is_multipart=bool(files),
            status=status,
            response=response,
        )
        if fault is not None and fault.after_doing:
            wrong = await self._go_wrong(fault, route, asked, request)
            if wrong is not None:
                return wrong
        return self._answered(route, asked, status, response, headers)

    def _answer(self, route: Route, asked: Asked, authorization: str) -> tuple[int, Any, Any]:
        verdict = Verdict({})
        try:
            if route.needs_token and authorization != f"Bot {self.application.token}":
                raise RefusedError(0)
            verdict = self.limits.ask(route.operation, route.bucket(asked.path))
            if verdict.retry_after is not None:
                place = route.bucket(asked.path)
                self.rate_limited.append((route.operation, place, time.monotonic()))
                return _too_many(verdict.retry_after, verdict.headers, is_global=verdict.is_global)
            done = route.run(asked)
        except RefusedError as error:
            if error.code in _AN_APP_WRONGED:
                reasons = [f"{one.path}: {one.message}" for one in error.reasons]
                self.violations.append(f"{route.operation}: {error.code}: {reasons}")
            return error.status, error.shown(), verdict.headers
        return (204 if done is None else route.status), done, verdict.headers

    def _answered(
        self, route: Route, asked: Asked, status: int, response: Any, headers: dict[str, str]
    ) -> web.Response:
        self.limits.note(status)
        at = time.monotonic()
        call = ApiCall(route.operation, asked.path, asked.body, status, response, at)
        self.calls.append(call)
        if status == 204:
            return web.Response(status=204, headers=headers)
        text = json.dumps(response).encode()
        kind = "application/json"
        return web.Response(status=status, body=text, content_type=kind, headers=headers)

    async def _go_wrong(
        self, fault: Fault, route: Route, asked: Asked, request: web.Request
    ) -> web.StreamResponse | None:
        match fault.kind:
            case "fail":
                error = RefusedError(fault.code)
                return self._answered(route, asked, error.status, error.shown(), {})
            case "status":
                self.limits.note(fault.code)
                return web.Response(status=fault.code, text="<html>no</html>")
            case "hang":
                await asyncio.sleep(fault.seconds)
                return None
            case "limit":
                place = route.bucket(asked.path)
                self.rate_limited.append((route.operation, place, time.monotonic()))
                told = _too_many(fault.seconds, {}, is_global=fault.is_global)
                return self._answered(route, asked, *told)
            case _:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()

    async def _serve_unknown(self, request: web.Request) -> web.StreamResponse:
        self.violations.append(f"no such route: {request.method} {request.path}")
        told = json.dumps({"message": "404: Not Found", "code": 0}).encode()
        return web.Response(status=404, body=told, content_type="application/json")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        content = self._files.get(request.match_info["file"])
        return web.Response(status=404) if content is None else web.Response(body=content)


def _too_many(
    seconds: float, headers: dict[str, str], *, is_global: bool
) -> tuple[int, Json, dict[str, str]]:
    told = {"message": "You are being rate limited.", "retry_after": seconds, "global": is_global}
    headers = headers | {"Via": "1.1 local", "Retry-After": str(max(1, round(seconds)))}
    if is_global:
        headers["X-RateLimit-Global"] = "true"
    return 429, told, headers


async def _content(request: web.Request) -> tuple[Json, list[Upload]]:
    """The body of a request, and the files that came with it; a list is under `items`."""
    if not request.can_read_body:
        return {}, []
    if not request.content_type.startswith("multipart/"):
        written = await request.read()
        return _object(json.loads(written) if written else {}), []
    form = await request.post()
    files = [
        Upload(name[6:-1], field.filename, field.file.read(), field.content_type)
        for name, field in form.items()
        if isinstance(field, web.FileField)
    ]
    written_json = form.get("payload_json", "{}")
    if not isinstance(written_json, str):
        raise TypeError("payload_json must be text")
    return _object(json.loads(written_json)), files


def _object(content: Any) -> Json:
    return {"items": content} if isinstance(content, list) else dict(content)
