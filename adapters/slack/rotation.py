"""Tokens from installations, renewed before they expire, by one replica at a time."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.oauth.installation_store import Installation

from adapters.slack.names import PLATFORM
from adapters.slack.records import InstallationRecords
from adapters.slack.refusals import TokenRefusedError
from adapters.slack.tokens import NOT_INSTALLED
from adapters.slack.web import Web, call
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError, ChatError, ChatRefusedError
from bot.ports.clock import Clock
from bot.ports.installations import Installations

RENEW_BEFORE = timedelta(hours=2)
"""How long before its end a token is renewed; Slack's tokens live twelve hours."""

LOCKED_FOR = timedelta(seconds=30)
TRY_AGAIN = timedelta(minutes=1)
"""After a renewal that failed while the old token still lives."""

NOT_RENEWED = "token_not_renewed"
"""The code of an expired token whose refresh token Slack does not take."""

_WITHOUT_TOKEN = timedelta(seconds=5)
_LOOKS = 12
_BETWEEN_LOOKS = 0.25
"""Seconds; three in all while another replica renews."""

_log = structlog.get_logger(__name__)


class InstalledTokens:
    """`Tokens` of every workspace that installed Cairn."""

    def __init__(
        self,
        web: Web,
        records: InstallationRecords,
        installations: Installations,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
    ) -> None:
        """Give tokens out of these records, whose locks `installations` has."""
        self._web = web
        self._records = records
        self._installations = installations
        self._clock = clock
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._renewals: dict[str, asyncio.Task[Installation | None]] = {}
        self._not_before: dict[str, datetime] = {}

    async def start(self) -> None:
        """There may be many workspaces, or none yet."""

    async def token(self, team: str) -> str:
        """The workspace's token, renewed if it ends soon."""
        found = await self._records.of(team)
        if found is not None and self._is_ending(found):
            found = await self._renewed(team)
        return _token_of(found)

    async def instead_of(self, team: str, refused: str, code: str) -> str | None:
        """What another replica stored, or a renewed token if the refused one has expired."""
        stored = await self._records.read(team)
        if stored is not None and stored.bot_token == refused and code == "token_expired":
            stored = await self._renewed(team, refused)
        token = None if stored is None else stored.bot_token
        return None if token == refused else token

    async def authorize(
        self, enterprise_id: str | None, team_id: str | None, user_id: str | None
    ) -> AuthorizeResult | None:
        """Let in what comes from a workspace that there is an installation for.

        The token is as it stands: an incoming request makes no calls, so it waits for no renewal.
        """
        found = await self._records.of(team_id) if team_id else None
        if found is None or not found.bot_token:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=found.bot_token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user_id,
            bot_scopes=found.bot_scopes,
        )

    async def since(self, team: str) -> datetime | None:
        """When Cairn was installed there last."""
        found = await self._records.read(team)
        return None if found is None else datetime.fromtimestamp(found.installed_at, UTC)

    async def forget(self, team: str) -> None:
        """Delete the workspace's record."""
        await self._records.forget(team)

    async def _renewed(self, team: str, refused: str = "") -> Installation | None:
        """The installation with a renewed token, or as it is while that still lives.

        The renewal goes on when a caller is cancelled: a refresh token works once, so what it
        gave must be stored.
        """
        renewal = self._renewals.get(team)
        if renewal is None:
            renewal = asyncio.create_task(self._renew(team, refused), name=f"renew-{team}")
            self._renewals[team] = renewal
            renewal.add_done_callback(partial(self._done, team))
        return await asyncio.shield(renewal)

    def _done(self, team: str, renewal: asyncio.Task[Installation | None]) -> None:
        del self._renewals[team]
        if not renewal.cancelled():
            renewal.exception()  # it is raised to whoever waits; nobody may be left to

    async def _renew(self, team: str, refused: str) -> Installation | None:
        stored, is_dead = None, True
        for look in range(_LOOKS):
            if look:
                await asyncio.sleep(_BETWEEN_LOOKS)
            now = self._clock.now()
            locked = await self._installations.lock(PLATFORM, team, now, now + LOCKED_FOR)
            # read under the lock: another replica may have renewed it a moment ago
            stored = await self._records.read(team)
            if stored is None or not (self._is_due(stored) or stored.bot_token == refused):
                return stored
            is_dead = self._has_ended(stored) or stored.bot_token == refused
            if locked:
                return await self._refresh(team, stored, is_dead=is_dead)
        return _if_alive(stored, is_dead=is_dead)

    async def _refresh(self, team: str, stored: Installation, *, is_dead: bool) -> Installation:
        try:
            answer = await call(
                self._web.client(),
                "oauth.v2.access",
                params={
                    **self._credentials,
                    "grant_type": "refresh_token",
                    "refresh_token": stored.bot_refresh_token,
                },
            )
            token, expires_in = str(answer["access_token"]), int(answer["expires_in"])
        except (ChatError, TokenRefusedError, TypeError, ValueError) as error:
            _log.warning("slack_token_not_renewed", team=team, **outline(error))
            self._not_before[team] = self._clock.now() + TRY_AGAIN
            if isinstance(error, ChatRefusedError) and is_dead:
                # such as invalid_refresh_token; only a new installation helps
                raise TokenRefusedError(NOT_RENEWED) from error
            return _if_alive(stored, is_dead=is_dead)
        ends_at = self._clock.now() + timedelta(seconds=expires_in)
        renewed = Installation(**stored.to_dict_for_copying())
        renewed.bot_token = token
        renewed.bot_refresh_token = answer.get("refresh_token")
        renewed.bot_token_expires_at = int(ends_at.timestamp())
        await self._records.async_save(renewed)
        self._not_before.pop(team, None)
        return renewed

    def _is_ending(self, installation: Installation) -> bool:
        """Whether to renew it now; not when that has just failed and it still lives."""
        if installation.bot_token_expires_at is None or not self._is_due(installation):
            return False
        pause = self._not_before.get(installation.team_id or "")
        return pause is None or pause <= self._clock.now() or self._has_ended(installation)

    def _is_due(self, installation: Installation) -> bool:
        return self._ends_within(installation, RENEW_BEFORE)

    def _has_ended(self, installation: Installation) -> bool:
        return self._ends_within(installation, timedelta())

    def _ends_within(self, installation: Installation, length: timedelta) -> bool:
        ends_at = installation.bot_token_expires_at
        return ends_at is not None and ends_at <= (self._clock.now() + length).timestamp()


def _if_alive(stored: Installation | None, *, is_dead: bool) -> Installation:
    if stored is None or is_dead:
        raise ChatBusyError(_WITHOUT_TOKEN, whole_community=True)
    return stored


def _token_of(installation: Installation | None) -> str:
    if installation is None or not installation.bot_token:
        raise TokenRefusedError(NOT_INSTALLED)
    return installation.bot_token
