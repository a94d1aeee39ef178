"""The way in: what Slack sends is asked or kept, and only then acknowledged."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack import inbound, modal
from adapters.slack.chat import SlackChat
from adapters.slack.core import Asked, Core
from adapters.slack.tokens import Tokens
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    PersonSeen,
    Removed,
    SuggestionsAsked,
    Told,
)
from bot.chat.outgoing import Form, FormErrors
from bot.chat.wording import Wording, wording_for
from bot.domain.failures import outline
from bot.ports.chat import ChatError
from bot.ports.clock import Clock

_log = structlog.get_logger(__name__)

_TAKEN = BoltResponse(status=200, body="")

_SEND_AGAIN = BoltResponse(status=503, body="")
"""An event that could not be kept: Slack sends it again."""


class FrontDoor(AsyncMiddleware):
    """Bolt's last global middleware: it answers everything, so there are no listeners.

    A listener would run after bolt has acknowledged an event, and a crash would lose it.
    """

    def __init__(self, core: Core, chat: SlackChat, clock: Clock, tokens: Tokens) -> None:
        """Stand between bolt and this core; `tokens` forget the workspaces that Cairn has left."""
        self._core = core
        self._chat = chat
        self._clock = clock
        self._tokens = tokens

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - bolt calls it so
    ) -> BoltResponse:
        """Take one request in, and say what to acknowledge it with."""
        body: Mapping[str, Any] = req.body
        asked = inbound.to_suggestions(body)
        if asked is not None:
            return await self._suggest(asked)
        event = inbound.to_told(body, self._clock.now())
        if event is None:
            return _TAKEN
        try:
            if isinstance(event, Asked):
                return await self._ask(event, body)
            return await self._keep(event)
        # Whatever went wrong, the event is not kept, and whoever sent it must hear that.
        except Exception as error:  # noqa: BLE001
            _log.error("event_not_kept", kind=event.kind, **outline(error))
            return self._not_kept(event, body)

    async def _suggest(self, asked: SuggestionsAsked) -> BoltResponse:
        try:
            options = await self._core.suggest(asked)
        # Without suggestions people can still type.
        except Exception as error:  # noqa: BLE001
            _log.warning("no_suggestions", **outline(error))
            options = ()
        return _json(modal.suggestions(options))

    async def _ask(self, event: Asked, body: Mapping[str, Any]) -> BoltResponse:
        if isinstance(event, FormSubmitted) and (file := inbound.form_file(body)):
            try:
                attachment = await self._chat.download(event.community, file)
            except ChatError as error:
                _log.warning("file_not_taken", **outline(error))
                return _wrong(FormErrors((("file", _say(event)("form.file_not_taken")),)), body)
            event = replace(event, attachment=attachment)
        match await self._core.asked(event):
            case FormErrors() as errors:
                return _wrong(errors, body)
            case Form() as form:
                return await self._open(form, event, body)
            case None:
                return await self._keep(event)

    async def _open(self, form: Form, event: Asked, body: Mapping[str, Any]) -> BoltResponse:
        try:
            await self._chat.open_form(
                event.community, str(body.get("trigger_id")), form, event.place, event.ticket
            )
        except ChatError as error:
            _log.warning("form_not_opened", **outline(error))
            return self._said(event, _say(event)("form.not_opened"))
        return _TAKEN

    async def _keep(self, event: Told) -> BoltResponse:
        if isinstance(event, Removed) and await self._is_outdated(event):
            return _TAKEN
        await self._core.keep(event)
        if isinstance(event, PersonSeen):
            self._chat.profiles.seen(event.actor)
        if isinstance(event, Removed) and event.community is not None:
            await self._tokens.forget(event.community.native_id)
        return _TAKEN

    async def _is_outdated(self, event: Removed) -> bool:
        """Whether Cairn was installed again since: Slack may tell of a removal late, or again."""
        if event.community is None:
            return False
        since = await self._tokens.since(event.community.native_id)
        return since is not None and event.at < since

    def _not_kept(self, event: Told, body: Mapping[str, Any]) -> BoltResponse:
        match event:
            case CommandGiven(words=words):
                return self._said(event, modal.kept_back(_say(event)("event.not_kept"), words))
            case FormSubmitted():
                return _wrong(FormErrors((("", _say(event)("form.not_kept")),)), body)
            case ActionTaken():
                return self._said(event, _say(event)("event.not_kept"))
            case _:
                return _SEND_AGAIN

    def _said(self, event: Asked, sentence: str) -> BoltResponse:
        if isinstance(event, CommandGiven):
            return _json({"response_type": "ephemeral", "text": sentence})
        # a press takes no words in its acknowledgement; there may be no platform to say them
        if event.ticket is not None:
            self._chat.say_soon(event.ticket, sentence)
        return _TAKEN


def _say(event: Asked) -> Wording:
    return wording_for(event.actor.locale)


def _wrong(errors: FormErrors, body: Mapping[str, Any]) -> BoltResponse:
    """The form stays open, with what was typed."""
    found = modal.form_errors(errors, body.get("view", {}))
    return _json({"response_action": "errors", "errors": found})


def _json(content: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(
        status=200, body=json.dumps(content), headers={"content-type": ["application/json"]}
    )
