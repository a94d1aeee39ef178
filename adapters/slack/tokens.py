"""Bot tokens: what a source of them offers, and the one that a host set for one workspace."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult

from adapters.slack.refusals import TokenRefusedError
from adapters.slack.web import Web, call
from bot.domain.errors import CairnError
from bot.ports.chat import ChatError
from bot.ports.clock import Clock

NOT_INSTALLED = "not_installed"
"""The code of a workspace that there is no token for."""


SOCKET_MODE = "SLACK_APP_TOKEN"
"""The setting whose token opens Socket Mode."""


class SlackAccessError(CairnError):
    """Slack does not let Cairn in; the message tells the host what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace that a bot token belongs to, and what the token allows."""

    team_id: str
    name: str
    enterprise_id: str | None
    bot_id: str
    bot_user_id: str
    app_id: str
    scopes: frozenset[str]


class Tokens(Protocol):
    """A source of bot tokens."""

    async def start(self) -> Workspace | None:
        """Get ready; gives the workspace if there is one and no other.

        Raises `SlackAccessError`.
        """
        ...

    async def token(self, team: str) -> str:
        """The token to call a workspace with.

        Raises `TokenRefusedError` when there is none, `ChatBusyError` when it is being renewed.
        """
        ...

    async def instead_of(self, team: str, refused: str, code: str) -> str | None:
        """Another token than the one that Slack has just refused; None if there is no other.

        `code` is Slack's word for why. Raises `TokenRefusedError` when it can't be renewed, and
        `ChatBusyError` when it is being renewed.
        """
        ...

    async def authorize(
        self, enterprise_id: str | None, team_id: str | None, user_id: str | None
    ) -> AuthorizeResult | None:
        """What bolt asks of an incoming request; None if Cairn is not installed there."""
        ...

    async def since(self, team: str) -> datetime | None:
        """When Cairn was let into a workspace as it is now; None if it is not."""
        ...

    async def forget(self, team: str) -> None:
        """Cairn was removed from this workspace."""
        ...


async def ask_who(web: Web, token: str) -> Workspace:
    """Ask Slack whose token this is. Raises `ChatError` or `TokenRefusedError`."""
    answer = await call(web.client(token), "auth.test")
    scopes = answer.headers.get("x-oauth-scopes", "")
    return Workspace(
        team_id=answer["team_id"],
        name=answer.get("team") or "",
        enterprise_id=answer.get("enterprise_id") or None,
        bot_id=answer.get("bot_id") or "",
        bot_user_id=answer.get("user_id") or "",
        app_id=answer.get("app_id") or "",
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
    )


class FixedToken:
    """`Tokens` of the one workspace that a host's own token belongs to."""

    def __init__(self, web: Web, token: str, clock: Clock) -> None:
        """Use this token; its workspace is known after `start`."""
        self._web = web
        self._token = token
        self._clock = clock
        self._since: datetime | None = None
        self._workspace: Workspace | None = None

    async def start(self) -> Workspace:
        """Ask Slack which workspace it is."""
        try:
            self._workspace = await ask_who(self._web, self._token)
        except TokenRefusedError as error:
            message = refused_sentence("SLACK_BOT_TOKEN", error.code)
            raise SlackAccessError(message) from error
        except ChatError as error:
            sentence = not_reached_sentence("SLACK_BOT_TOKEN", str(error), self._web)
            raise SlackAccessError(sentence) from error
        self._since = self._clock.now()
        return self._workspace

    async def token(self, team: str) -> str:
        """The token, for its own workspace."""
        if self._workspace is None or self._workspace.team_id != team:
            raise TokenRefusedError(NOT_INSTALLED)
        return self._token

    async def instead_of(self, team: str, refused: str, code: str) -> None:
        """There is no other."""

    async def authorize(
        self, enterprise_id: str | None, team_id: str | None, user_id: str | None
    ) -> AuthorizeResult | None:
        """Let in what comes from its own workspace."""
        known = self._workspace
        if known is None or known.team_id != team_id:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=self._token,
            bot_id=known.bot_id,
            bot_user_id=known.bot_user_id,
            bot_scopes=sorted(known.scopes),
        )

    async def since(self, team: str) -> datetime | None:
        """The last start, at which Slack took the token."""
        return self._since

    async def forget(self, team: str) -> None:
        """The host's setting stays."""


def refused_sentence(setting: str, code: str) -> str:
    """What a host can do about a token that Slack refuses."""
    where = "Basic Information, App-Level Tokens" if setting == SOCKET_MODE else "Install App"
    return (
        f"Slack refuses {setting} ({code}). Copy it again from https://api.slack.com/apps, "
        f"under {where}."
    )


def not_connecting_sentence(setting: str, why: str) -> str:
    """What a host can do about an app-level token that opens no Socket Mode."""
    return (
        f"Slack does not let {setting} connect ({why}). Make an app-level token with the scope "
        "connections:write, and turn Socket Mode on, at https://api.slack.com/apps."
    )


def not_reached_sentence(setting: str, why: str, web: Web) -> str:
    """What a host can do when Slack does not answer."""
    return (
        f"Slack could not be asked about {setting} ({why}). "
        f"Check that this machine reaches {web.api_url}, and try again."
    )
