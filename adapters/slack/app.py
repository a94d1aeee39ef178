"""Slack as a platform that is served: bolt behind Socket Mode or HTTP, and what goes with it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.routing import BaseRoute

from adapters.slack import names
from adapters.slack.chat import SlackChat
from adapters.slack.core import Core
from adapters.slack.front_door import FrontDoor
from adapters.slack.history import LOOKS_BACK, OUTAGE, Missed
from adapters.slack.oauth import SlackOAuth
from adapters.slack.refusals import TokenRefusedError
from adapters.slack.routes import INSTALL, REDIRECT, events_route, page_route
from adapters.slack.tokens import (
    SOCKET_MODE,
    SlackAccessError,
    Tokens,
    Workspace,
    not_connecting_sentence,
    not_reached_sentence,
    refused_sentence,
)
from adapters.slack.web import call, quiet_logger
from bot.chat.incoming import Installed, Person, Removed
from bot.chat.wording import wording_for
from bot.domain.failures import outline
from bot.ports.chat import ChatError, ChatRefusedError
from bot.ports.clock import Clock
from bot.ports.inbox import InboxUnavailableError
from bot.ports.installations import Presence

_LOST = BoltResponse(status=503, body="")
"""Before the start and after the end nothing can be kept: Slack sends again."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """How Slack reaches Cairn: with `app_token` by Socket Mode, else by signed HTTP requests."""

    app_token: str = ""
    signing_secret: str = ""


class _Authorize(AsyncAuthorize):
    """Lets in what comes from workspaces that Cairn is installed in."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_actor: str | None,
    ) -> AuthorizeResult | None:
        return await self._tokens.authorize(enterprise_id, team_id, user_id)


class SlackPlatform:
    """Slack, from the first connection to the last message."""

    def __init__(
        self,
        doors: Doors,
        chat: SlackChat,
        tokens: Tokens,
        *,
        presence: Presence,
        clock: Clock,
        oauth: SlackOAuth | None = None,
    ) -> None:
        """Put it together; nothing happens before `start`."""
        self.chat = chat
        self._doors = doors
        self._tokens = tokens
        self._missed = Missed(chat.calls)
        self._presence = presence
        self._clock = clock
        self._oauth = oauth
        self._core: Core | None = None
        self._bolt: AsyncApp | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._reading: asyncio.Task[None] | None = None
        chat.calls.on_token_refused = self._lost
        if oauth is not None:
            oauth.on_installed = self._installed

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """HTTP mode's events, and the pages for installing."""
        routes: list[BaseRoute] = []
        if not self._doors.app_token:
            routes.append(events_route(self._dispatch, self._doors.signing_secret))
        if self._oauth is not None:
            routes += [
                page_route(INSTALL, self._oauth.install),
                page_route(REDIRECT, self._oauth.redirect),
            ]
        return routes

    async def is_listening(self) -> bool:
        """Whether events can come in at this moment."""
        if self._bolt is None:
            return False
        if not self._doors.app_token:
            return True
        return self._socket is not None and await self._socket.client.is_connected()

    async def missing(self) -> str | None:
        """Why no events come in at this moment."""
        return None if await self.is_listening() else "not connected to Slack"

    async def start(self, core: Core) -> None:
        """Look whether the tokens are good, listen, and read what was missed.

        Raises `SlackAccessError`.
        """
        self._core = core
        workspace = await self._tokens.start()
        if workspace is not None:
            await core.keep(_put_in_place(workspace, self._clock.now()))
        last = await self._presence.last(names.PLATFORM)
        self._bolt = self._build(core)
        if self._doors.app_token:
            self._socket = await self._connected(self._bolt)
        await self.note_presence()
        if last is not None and self._clock.now() - last > OUTAGE:
            self._reading = asyncio.create_task(self._read_missed(core, last), name="slack missed")

    async def stop(self) -> None:
        """Listen no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        if self._socket is not None:
            await self._socket.client.close()  # type: ignore[no-untyped-call]
        self._bolt = self._core = None

    async def close(self) -> None:
        """Let go of the connections."""
        await self.chat.close()

    async def note_presence(self) -> None:
        """Remember that Cairn listens at this moment, if it does."""
        if await self.is_listening():
            await self._presence.listening(names.PLATFORM, self._clock.now())

    def _build(self, core: Core) -> AsyncApp:
        say = wording_for(None)
        bolt = AsyncApp(
            name="cairn",
            logger=quiet_logger(),
            # whoever hands requests over has looked at the signature
            request_verification_enabled=False,
            # a client, so that bolt takes no token from the environment
            client=self.chat.calls.web.client(),
            # bolt takes an AsyncAuthorize too, which goes together with pages for installing
            authorize=_Authorize(self._tokens),  # type: ignore[arg-type]
            user_facing_authorize_error_message=say("event.not_installed"),
            # reads its own pages' settings otherwise, from the environment and into files
            oauth_flow=self._oauth.flow if self._oauth is not None else None,
        )
        bolt.use(FrontDoor(core, self.chat, self._clock, self._tokens))
        return bolt

    async def _connected(self, bolt: AsyncApp) -> AsyncSocketModeHandler:
        address = await self._address()
        socket = AsyncSocketModeHandler(
            bolt,
            self._doors.app_token,
            logger=quiet_logger(),
            web_client=self.chat.calls.web.client(),
        )
        # slack-sdk would ask again and again, and say nothing
        socket.client.wss_uri = address
        await socket.client.connect()  # type: ignore[no-untyped-call]
        return socket

    async def _address(self) -> str:
        """Where Slack wants to be connected to; raises `SlackAccessError`."""
        web, setting = self.chat.calls.web, SOCKET_MODE
        try:
            answer = await call(web.client(self._doors.app_token), "apps.connections.open")
        except TokenRefusedError as error:
            raise SlackAccessError(refused_sentence(setting, error.code)) from error
        except ChatRefusedError as error:
            raise SlackAccessError(not_connecting_sentence(setting, str(error))) from error
        except ChatError as error:
            sentence = not_reached_sentence(setting, str(error), web)
            raise SlackAccessError(sentence) from error
        return str(answer["url"])

    async def _dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        if self._bolt is None:
            return _LOST
        return await self._bolt.async_dispatch(request)

    async def _lost(self, team: str, code: str) -> None:
        """Slack takes a workspace's token no more: nothing is sent there until it is back."""
        if self._core is not None:
            await self._core.keep(_gone(team, code, self._clock.now()))

    async def _installed(self, team: str, name: str, installer: str) -> None:
        if self._core is not None:
            await self._core.keep(
                Installed(
                    event_id=f"installed:{team}:{uuid4().hex}",
                    at=self._clock.now(),
                    actor=Person(names.account(team, installer)),
                    place=names.direct(team, installer),
                    community=names.community(team),
                    community_name=name,
                )
            )

    async def _read_missed(self, core: Core, last: datetime) -> None:
        try:
            prompts = await core.open_prompts(names.PLATFORM, self._clock.now() - LOOKS_BACK)
            kept = 0
            async for said in self._missed.read(prompts, last):
                kept += await core.keep(said)
            _log.info("missed_messages_read", prompts=len(prompts), kept=kept)
        # People's words are still in Slack; the next start reads again if this was an outage.
        except (ChatError, InboxUnavailableError) as error:
            _log.error("missed_messages_not_read", **outline(error))


def _put_in_place(workspace: Workspace, now: datetime) -> Installed:
    """What the core is told of a workspace that the host has a token for."""
    return Installed(
        event_id=f"installed:{workspace.team_id}:{uuid4().hex}",
        at=now,
        actor=Person(names.account(workspace.team_id, workspace.app_id or workspace.bot_id)),
        place=names.direct(workspace.team_id, workspace.bot_user_id),
        community=names.community(workspace.team_id),
        community_name=workspace.name or workspace.team_id,
        by_host=True,
    )


def _gone(team: str, code: str, now: datetime) -> Removed:
    return Removed(
        event_id=f"lost:{team}:{code}:{now:%Y-%m-%dT%H:%M}",
        at=now,
        actor=Person(names.account(team, "app")),
        place=names.direct(team, "app"),
        community=names.community(team),
    )
