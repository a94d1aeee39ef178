"""Files and pictures: uploaded unseen, shared when their message is out, and downloaded."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from adapters.slack.calls import Calls
from adapters.slack.refusals import SlackRefusedError, as_unsent
from adapters.slack.render import files
from adapters.slack.web import fetch
from bot.chat.incoming import MAX_ATTACHMENT, Attachment
from bot.chat.outgoing import File, Message, Picture
from bot.domain.delivery import Reason
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError, ChatError, ChatUncertainError

_SHORT_WAIT = timedelta(seconds=2)
_ANSWER = 10_000
_SLACKS_OWN = ("slack.com", "slack-gov.com", "slack-files.com")

_log = structlog.get_logger(__name__)


class FileNotTakenError(SlackRefusedError):
    """A file of a person's that Cairn does not take; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(Reason.REFUSED, code)


@dataclass(frozen=True, slots=True)
class Upload:
    """Something to upload; `alt` says what a picture shows."""

    name: str
    content: bytes
    alt: str = ""


def uploads(message: Message) -> tuple[Upload, ...]:
    """What goes with a message as a file of its own; Slack takes none without content."""
    found = [_upload(one) for one in files(message)]
    return tuple(one for one in found if one.content)


def _upload(one: Picture | File) -> Upload:
    if isinstance(one, Picture):
        return Upload(f"{one.name.removesuffix('.png')}.png", one.png, one.alt)
    return Upload(one.name, one.content)


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that is on Slack and that nobody sees yet."""

    id: str
    title: str


class Files:
    """The files of every workspace."""

    def __init__(self, calls: Calls) -> None:
        """Upload and download through these calls."""
        self._calls = calls

    async def stage(self, team: str, found: Sequence[Upload]) -> tuple[Staged, ...]:
        """Upload what nobody sees before it is shared, so a lost answer is no doubt: try again.

        What Slack refuses for good is left out and logged: the words matter more. Raises
        `ChatBusyError`.
        """
        staged = []
        for upload in found:
            try:
                staged.append(await self._stage(team, upload))
            except SlackRefusedError as error:
                _log.warning("slack_file_refused", team=team, code=error.code)
        return tuple(staged)

    async def share(self, team: str, channel: str, staged: Sequence[Staged]) -> None:
        """Show uploaded files in a conversation.

        The message that they belong to is out already, so nothing is raised: that would send it
        again. What fails is logged.
        """
        if not staged:
            return
        try:
            try:
                await self._share(team, channel, staged)
            except ChatBusyError as error:
                if error.retry_after > _SHORT_WAIT:
                    raise
                await asyncio.sleep(error.retry_after.total_seconds())
                await self._share(team, channel, staged)
        except ChatError as error:
            _log.warning("slack_files_not_shared", team=team, files=len(staged), **outline(error))

    async def download(self, team: str, name: str, url: str, size: int) -> Attachment:
        """A file that somebody gave Cairn. Raises `ChatError`, of which `FileNotTakenError`."""
        if size > MAX_ATTACHMENT:
            raise FileNotTakenError("too_big")
        if not self._is_slacks(url):
            # the token goes along
            raise FileNotTakenError("not_on_slack")
        headers = {"Authorization": f"Bearer {await self._calls.token(team)}"}
        try:
            content = await fetch(
                self._calls.web,
                "GET",
                url,
                most=MAX_ATTACHMENT,
                headers=headers,
                # without the scope files:read Slack sends a browser to its front page
                allow_redirects=False,
            )
        except ValueError as error:
            raise FileNotTakenError("too_big") from error
        return Attachment(name, content)

    async def _stage(self, team: str, upload: Upload) -> Staged:
        try:
            return await self._upload(team, upload)
        except ChatUncertainError:
            _log.info("slack_file_uploaded_again", team=team)
        try:
            return await self._upload(team, upload)
        except ChatUncertainError as error:
            raise as_unsent(error) from error

    async def _upload(self, team: str, upload: Upload) -> Staged:
        way = await self._calls.send(
            team,
            "files.getUploadURLExternal",
            filename=upload.name,
            length=len(upload.content),
            alt_txt=upload.alt or None,
        )
        await fetch(self._calls.web, "POST", way["upload_url"], most=_ANSWER, data=upload.content)
        return Staged(way["file_id"], upload.name)

    async def _share(self, team: str, channel: str, staged: Sequence[Staged]) -> None:
        shown = json.dumps([{"id": one.id, "title": one.title} for one in staged])
        await self._calls.send(
            team, "files.completeUploadExternal", files=shown, channel_id=channel
        )

    def _is_slacks(self, url: str) -> bool:
        asked, api = urlsplit(url), urlsplit(self._calls.web.api_url)
        if (asked.scheme, asked.netloc) == (api.scheme, api.netloc):
            return True
        host = asked.hostname or ""
        return asked.scheme == "https" and any(
            host == own or host.endswith(f".{own}") for own in _SLACKS_OWN
        )
