"""A Slack of its own on loopback, that the real clients talk to and that forgives nothing."""

import asyncio
import json
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from tests.servers.recording import Recording
from tests.servers.slack import events
from tests.servers.slack.checks import WrongError, check_message, live_mentions
from tests.servers.slack.delivery import Delivered, Kind, Requests, Sockets
from tests.servers.slack.faults import Fault, Faults
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.limits import Limits
from tests.servers.slack.methods import METHODS, Called, Code, Installation
from tests.servers.slack.world import (
    BOT_USER,
    LIVES,
    SCOPES,
    Channel,
    Json,
    Profile,
    StoredMessage,
    Token,
    Workspace,
)

TRIGGER_LIVES = 3.0
TICKET_LIVES = 1800.0
TICKET_USES = 5
_WITHOUT_TOKEN = {"oauth.v2.access"}
_NOBODY = Workspace("", "", lambda: datetime.now(UTC))


@dataclass(frozen=True)
class AppCredentials:
    """What the app's own page in Slack shows."""

    client_id: str = "11.22"
    client_secret: str = "client-secret"
    signing_secret: str = "signing-secret"
    app_token: str = "xapp-1-A0CAIRN-1-local"


@dataclass(frozen=True)
class ApiCall:
    """One call as it came, with its answer."""

    method: str
    arguments: Json
    team: str
    status: int
    response: Json
    at: float


@dataclass
class Ticket:
    """A response URL."""

    workspace: Workspace
    channel: Channel
    user: str
    message: StoredMessage | None
    ends_at: float
    uses: int = 0


class SlackServer:
    """`async with SlackServer() as slack:`; `now` is Slack's clock.

    `retry_delays` are the pauses before each redelivery; `waits_for_acks` lets whoever acts wait
    until the app has acknowledged (or never will).
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        recording: Path | None = None,
        retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0),
        ack_timeout: float = 3.0,
        tells_own_messages: bool = True,
    ) -> None:
        self.now = now
        self.app = AppCredentials()
        self.limits = limits or Limits.none()
        self.faults = Faults()
        self.recording = Recording("slack", recording)
        self.sockets = Sockets(self.recording, ack_timeout)
        self.requests = Requests(self.app.signing_secret, self.faults, ack_timeout)
        self.tells_own_messages = tells_own_messages
        self.waits_for_acks = True
        self.is_rotating = False
        self.is_org_wide = False
        """Whether who installs the app does so for a whole organisation."""
        self.workspaces: dict[str, Workspace] = {}
        self.calls: list[ApiCall] = []
        self.deliveries: list[Delivered] = []
        self.violations: list[str] = []
        self.mentions: list[str] = []
        self.rate_limited: list[tuple[str, str, str, float]] = []
        self.uploads: dict[str, Json] = {}
        self.codes: dict[str, Code] = {}
        self._hands: dict[tuple[str, str], PersonHands] = {}
        self._tokens: dict[str, Token] = {}
        self._refreshes: dict[str, str] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._tickets: dict[str, Ticket] = {}
        self._numbers = count(1)
        self.retry_delays = retry_delays
        self._tasks: set[asyncio.Task[None]] = set()
        self._outstanding = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._runner: web.AppRunner | None = None
        self.origin = ""

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/"

    @property
    def request_url(self) -> str | None:
        """Where HTTP mode's requests go; None: Socket Mode."""
        return self.requests.url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.requests.url = url

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50_000_000)
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_get("/link", self.sockets.serve)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/actions/{ticket}", self._use_ticket)
        app.router.add_get("/files/{file}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sockets.close()
        await self.requests.close()
        assert self._runner is not None
        await self._runner.cleanup()
        self.recording.close()

    # the world

    def add_workspace(
        self, team_id: str = "T1", name: str = "Acme", *, enterprise_id: str | None = None
    ) -> Workspace:
        self.workspaces[team_id] = Workspace(team_id, name, self.now, enterprise_id)
        return self.workspaces[team_id]

    def add_person(
        self, workspace: Workspace, user_id: str, name: str, **profile: Any
    ) -> PersonHands:
        workspace.people[user_id] = Profile(user_id, name, **profile)
        hands = PersonHands(self, workspace, workspace.people[user_id])
        self._hands[workspace.team_id, user_id] = hands
        return hands

    def hands(self, workspace: Workspace, user_id: str) -> PersonHands:
        return self._hands[workspace.team_id, user_id]

    def install(
        self, team: str, scopes: frozenset[str] = SCOPES, *, rotating: bool = False
    ) -> Installation:
        """Give the app a token for a workspace."""
        number = next(self._numbers)
        start = "xoxe.xoxb" if rotating else "xoxb"
        token = f"{start}-{team}-{number}"
        ends_at = self.now() + LIVES if rotating else None
        self._tokens[token] = Token(team, set(scopes), ends_at)
        refresh = f"xoxe-1-{team}-{number}" if rotating else None
        if refresh:
            self._refreshes[refresh] = token
        return Installation(team, token, refresh)

    def refresh(self, refresh_token: str) -> Json:
        """A new token for a refresh token, which is used up by that."""
        old = self._refreshes.pop(refresh_token, None)
        if old is None:
            raise WrongError("invalid_refresh_token")
        known = self._tokens[old]
        renewed = self.install(known.team, frozenset(known.scopes), rotating=True)
        return {
            "access_token": renewed.bot_token,
            "refresh_token": renewed.refresh_token,
            "token_type": "bot",
            "expires_in": int(LIVES.total_seconds()),
            "scope": ",".join(sorted(known.scopes)),
            "bot_user_id": BOT_USER,
            "app_id": events.APP,
            "team": {"id": known.team, "name": self.workspaces[known.team].name},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def spoil_tokens(self, team: str, problem: str) -> None:
        """Every token of a workspace is answered with this code from now on."""
        for token in self._tokens.values():
            if token.team == team:
                token.problem = problem

    def spoil_old_tokens(self, team: str, problem: str) -> None:
        """The same for all but the newest."""
        newest = [token for token in self._tokens.values() if token.team == team][-1]
        self.spoil_tokens(team, problem)
        newest.problem = None

    def take_scope(self, team: str, scope: str) -> None:
        """The app may do less in a workspace."""
        for token in self._tokens.values():
            if token.team == team:
                token.scopes.discard(scope)

    async def uninstall(self, team: str) -> None:
        """Somebody removes the app: both events come, and its tokens are dead."""
        self.spoil_tokens(team, "account_inactive")
        workspace = self.workspaces[team]
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}
        for event in (revoked, {"type": "app_uninstalled"}):
            delivered = self.deliver("events_api", events.callback(workspace, event))
            await delivered.done.wait()

    # to the app

    def tell(self, event: Json) -> None:
        """Hand an event over, without waiting."""
        self.deliver("events_api", event)

    def deliver(self, kind: Kind, body: Json) -> Delivered:
        """Hand something to the app, as often as Slack would try."""
        if kind == "events_api":
            self.recording.write("event", body=body)
        delivered = Delivered(kind, body)
        self.deliveries.append(delivered)
        if self.requests.url is None and not self.sockets.open and kind != "events_api":
            # nobody to take it: Slack says so to the person at once
            delivered.done.set()
            return delivered
        self._outstanding += 1
        self._is_quiet.clear()
        task = asyncio.create_task(self._bring(delivered))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivered

    async def redeliver(self, delivered: Delivered) -> Delivered:
        """Hand over again what was acknowledged."""
        again = self.deliver(delivered.kind, delivered.body)
        await again.done.wait()
        return again

    async def quiet(self, patience: float = 10) -> None:
        """Wait until nothing is on its way to the app."""
        async with asyncio.timeout(patience):
            await self._is_quiet.wait()

    async def _bring(self, delivered: Delivered) -> None:
        by_socket = self.requests.url is None
        way = self.sockets if by_socket else self.requests
        delays = self.retry_delays if by_socket or delivered.kind == "events_api" else ()
        try:
            for attempt, delay in enumerate((0.0, *delays)):
                await asyncio.sleep(delay)
                delivered.attempts += 1
                if await way.attempt(delivered, attempt, "http_timeout"):
                    delivered.acknowledged = True
                    return
        finally:
            delivered.done.set()
            self._outstanding -= 1
            if not self._outstanding:
                self._is_quiet.set()

    # what expires

    def trigger(self, user: str) -> str:
        number = next(self._numbers)
        name = f"{number}.{time.monotonic_ns()}.t"
        self._triggers[name] = user, time.monotonic()
        return name

    def use_trigger(self, name: str) -> str:
        """Whose it is; raises WrongError."""
        if name not in self._triggers:
            raise WrongError("exchanged_trigger_id")
        user, made_at = self._triggers.pop(name)
        if time.monotonic() - made_at > TRIGGER_LIVES:
            raise WrongError("expired_trigger_id")
        return user

    def response_url(
        self,
        workspace: Workspace,
        channel: Channel,
        user: str,
        message: StoredMessage | None = None,
    ) -> str:
        name = f"{workspace.team_id}-{next(self._numbers)}"
        ends_at = self.now().timestamp() + TICKET_LIVES
        self._tickets[name] = Ticket(workspace, channel, user, message, ends_at)
        return f"{self.origin}/actions/{name}"

    def show(
        self, workspace: Workspace, channel: Channel, user: str, content: Json
    ) -> StoredMessage:
        """Show somebody a message that nobody else sees."""
        self._note_mentions(content)
        said = StoredMessage(
            workspace.next_ts(),
            channel.id,
            BOT_USER,
            content.get("text", ""),
            content.get("blocks") or [],
            ephemeral_to=user,
        )
        channel.messages.append(said)
        self.hands(workspace, user).ephemerals.append(said)
        return said

    # from the app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments, is_json = await _arguments(request)
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            # how an app proves itself where it has no token yet
            secrets = b64decode(given).decode().split(":")
            arguments |= dict(zip(("client_id", "client_secret"), secrets, strict=True))
        token = arguments.pop("token", None) or (given if scheme == "Bearer" else "")
        fault = self.faults.take(method, arguments)
        if fault is not None and not fault.after_doing:
            wrong = await self._go_wrong(fault, request)
            if wrong is not None:
                return wrong
        known = self._tokens.get(token)
        team = known.team if known else ""
        status, headers, response = self._answer(method, arguments, token, is_json=is_json)
        at = time.monotonic()
        self.calls.append(ApiCall(method, arguments, team, status, response, at))
        self.recording.write(
            "api", method=method, arguments=arguments, status=status, response=response
        )
        if fault is not None and fault.after_doing:
            wrong = await self._go_wrong(fault, request)
            if wrong is not None:
                return wrong
        return web.json_response(response, status=status, headers=headers)

    async def _go_wrong(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        match fault.kind:
            case "fail":
                return web.json_response({"ok": False, "error": fault.code})
            case "status":
                return web.Response(status=int(fault.code), text="<html>no</html>")
            case "hang":
                await asyncio.sleep(fault.seconds)
                return None
            case "limit":
                headers = {"Retry-After": str(int(fault.seconds))}
                told = {"ok": False, "error": "ratelimited"}
                return web.json_response(told, status=429, headers=headers)
            case _:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()

    def _answer(
        self, method: str, arguments: Json, token: str, *, is_json: bool
    ) -> tuple[int, dict[str, str], Json]:
        known = self._tokens.get(token)
        try:
            self._check_call(method, arguments, token, known, is_json=is_json)
            workspace = self.workspaces[known.team] if known else _NOBODY
            place = str(arguments.get("channel", ""))
            wait = self.limits.retry_after(workspace.team_id, method, place)
            if wait is not None:
                self.rate_limited.append((method, workspace.team_id, place, time.monotonic()))
                headers = {"Retry-After": str(wait)}
                return 429, headers, {"ok": False, "error": "ratelimited"}
            self._note_mentions(arguments)
            called = Called(self, workspace, known or Token("", set()), arguments)
            done = METHODS[method].run(called)
        except WrongError as error:
            return 200, {}, self._refusal(method, error, known)
        scopes = ",".join(sorted(known.scopes)) if known else ""
        return 200, {"x-oauth-scopes": scopes}, {"ok": True, **done}

    def _check_call(
        self, method: str, arguments: Json, token: str, known: Token | None, *, is_json: bool
    ) -> None:
        if method not in METHODS:
            self.violations.append(f"unknown method {method}")
            raise WrongError("unknown_method")
        described = METHODS[method]
        unknown = set(arguments) - described.arguments - {"team_id"}
        if unknown:
            self.violations.append(f"{method}: unknown arguments {sorted(unknown)}")
        if is_json and not described.is_json:
            self.violations.append(f"{method}: takes no JSON")
        if method == "apps.connections.open":
            if token != self.app.app_token:
                raise WrongError("invalid_auth" if token else "not_authed")
        elif method not in _WITHOUT_TOKEN:
            self._check_token(token, known, described.scopes)
        missing = described.required - set(arguments)
        if missing:
            raise WrongError("invalid_arguments", f"{sorted(missing)} missing")

    def _check_token(self, token: str, known: Token | None, scopes: frozenset[str]) -> None:
        if not token:
            raise WrongError("not_authed")
        if known is None:
            raise WrongError("invalid_auth")
        if known.problem:
            raise WrongError(known.problem)
        if known.expires_at is not None and known.expires_at <= self.now():
            raise WrongError("token_expired")
        if scopes and not scopes & known.scopes:
            raise WrongError("missing_scope", min(scopes))

    def _refusal(self, method: str, error: WrongError, known: Token | None) -> Json:
        answer: Json = {"ok": False, "error": error.code}
        if error.code == "missing_scope":
            provided = ",".join(sorted(known.scopes)) if known else ""
            return answer | {"needed": error.reasons[0], "provided": provided}
        if error.reasons:
            self.violations += [f"{method}: {error.code}: {reason}" for reason in error.reasons]
            answer["response_metadata"] = {"messages": list(error.reasons)}
        elif error.code in ("no_text", "msg_too_long", "metadata_too_large"):
            self.violations.append(f"{method}: {error.code}")
        return answer

    def _note_mentions(self, content: Json) -> None:
        self.mentions += live_mentions(content)

    async def _use_ticket(self, request: web.Request) -> web.StreamResponse:
        ticket = self._tickets.get(request.match_info["ticket"])
        if ticket is None or ticket.ends_at < self.now().timestamp():
            return web.Response(status=404, text="expired_url")
        if ticket.uses >= TICKET_USES:
            return web.Response(status=404, text="used_url")
        content = await request.json()
        try:
            check_message(content)
        except WrongError as error:
            self.violations += [f"response_url: {error.code}: {error.reasons}"]
            return web.json_response({"ok": False, "error": error.code})
        ticket.uses += 1
        if content.get("replace_original") and ticket.message is not None:
            self._note_mentions(content)
            ticket.message.text = content.get("text", "")
            ticket.message.blocks = content.get("blocks") or []
            ticket.message.edited_ts = ticket.workspace.next_ts()
        else:
            self.show(ticket.workspace, ticket.channel, ticket.user, content)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        staged = self.uploads.get(request.match_info["file"])
        if staged is None:
            return web.Response(status=404)
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            (field,) = form.values()
            content = field.file.read() if isinstance(field, web.FileField) else b""
        else:
            content = await request.read()
        if len(content) != int(staged["length"]):
            self.violations.append("an upload of another length than announced")
        staged["content"] = content
        return web.Response(text=f"OK - {len(content)}")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        staged = self.uploads.get(request.match_info["file"])
        token = request.headers.get("Authorization", "")[7:]
        if staged is None or token not in self._tokens:
            return web.Response(text="<html>sign in</html>", content_type="text/html")
        return web.Response(body=staged["content"])


async def _arguments(request: web.Request) -> tuple[Json, bool]:
    """Query, form and JSON, merged as Slack does."""
    merged: Json = dict(request.query)
    is_json = request.content_type == "application/json" and request.can_read_body
    if is_json:
        merged |= json.loads(await request.read())
    elif request.can_read_body:
        merged |= dict(await request.post())
    return {name: value for name, value in merged.items() if value is not None}, is_json
