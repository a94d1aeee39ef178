"""What Slack gave at each installation, kept as records of the port `Installations`."""

import inspect
import json
import logging
from collections.abc import Mapping

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from adapters.slack.names import PLATFORM
from adapters.slack.web import quiet_logger
from bot.ports.installations import Installations

_FIELDS = frozenset(inspect.signature(Installation).parameters)


class OrgWideInstallError(BoltError):
    """An installation for a whole organisation, which Cairn does not do yet."""


class InstallationRecords(AsyncInstallationStore):
    """One installation a workspace, whoever installed; slack-sdk's interface, and a cache.

    A workspace is found by its own id alone: the id of its organisation changes when it joins one.
    """

    def __init__(self, installations: Installations) -> None:
        """Keep records there."""
        self._installations = installations
        self._known: dict[str, Installation] = {}
        self._logger = quiet_logger()

    @property
    def logger(self) -> logging.Logger:
        """A logger that writes nothing."""
        return self._logger

    async def of(self, team: str) -> Installation | None:
        """A workspace's installation, from memory if it is there."""
        return self._known.get(team) or await self.read(team)

    async def read(self, team: str) -> Installation | None:
        """A workspace's installation, as it is stored now: another replica may have changed it."""
        content = await self._installations.find(PLATFORM, team)
        if content is None:
            self._known.pop(team, None)
            return None
        self._known[team] = from_record(content)
        return self._known[team]

    async def forget(self, team: str) -> None:
        """Delete a workspace's record."""
        self._known.pop(team, None)
        await self._installations.delete(PLATFORM, team)

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation; raises `OrgWideInstallError`."""
        team = installation.team_id
        if installation.is_enterprise_install or not team:
            raise OrgWideInstallError
        self._known.pop(team, None)
        await self._installations.save(PLATFORM, team, to_record(installation))
        self._known[team] = installation

    async def async_save_bot(self, bot: Bot) -> None:
        """Unused: bolt calls it only when it renews tokens, which `InstalledTokens` does."""
        raise NotImplementedError

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """A workspace's bot."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            is_enterprise_install=is_enterprise_install,
        )
        return None if found is None else found.to_bot()

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """A workspace's installation, in a copy: bolt changes what it is given."""
        if not team_id or is_enterprise_install:
            return None
        found = await self.of(team_id)
        return None if found is None else Installation(**found.to_dict_for_copying())

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace."""
        if team_id:
            await self.forget(team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget a workspace, unless it is one person's own tokens that ended: there are none."""
        if team_id and user_id is None:
            await self.forget(team_id)


def to_record(installation: Installation) -> bytes:
    """An installation as JSON; people's own tokens are left out, for Cairn never asks for any."""
    kept = {
        name: value
        for name, value in vars(installation).items()
        if value is not None and not name.startswith("user_") and name != "incoming_webhook_url"
    }
    return json.dumps({**kept, "user_id": installation.user_id}).encode()


def from_record(content: bytes) -> Installation:
    """The installation that `to_record` wrote, whichever version of Cairn did."""
    stored: Mapping[str, object] = json.loads(content)
    known = {name: value for name, value in stored.items() if name in _FIELDS}
    return Installation(**known)  # type: ignore[arg-type]
