"""What people do with an app, until it has answered: once at first, then by its token."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.servers.discord import events
from tests.servers.discord.checks import check, check_modal, live_mentions
from tests.servers.discord.commands import of_choices
from tests.servers.discord.message_routes import check_content, fill, numbered
from tests.servers.discord.refusals import RefusedError, invalid
from tests.servers.discord.routes import Asked, Route
from tests.servers.discord.world import (
    COMMAND_ANSWER,
    EPHEMERAL,
    LOADING,
    MENU_ANSWER,
    Channel,
    Guild,
    Json,
    StoredMessage,
    User,
)

TO_ANSWER = 3.0
TOKEN_LIVES = timedelta(minutes=15)

COMMAND, PRESS, COMPLETE, SUBMIT = 2, 3, 4, 5
SAY, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, MODAL = 4, 5, 6, 7, 8, 9

_TAKES = {
    COMMAND: {SAY, DEFER, MODAL},
    PRESS: {SAY, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    COMPLETE: {SUGGEST},
    SUBMIT: {SAY, DEFER, DEFER_UPDATE, UPDATE},
}


@dataclass
class Interaction:
    """One thing that somebody did with the app, and what the app made of it."""

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    guild: Guild | None
    name: str
    made_at: datetime
    began: float = field(default_factory=time.monotonic)
    message: StoredMessage | None = None
    target: str | None = None
    opened_by: "Interaction | None" = None
    """What opened the form that is sent."""
    callback: int | None = None
    seconds: float | None = None
    original: StoredMessage | None = None
    followups: list[StoredMessage] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever the app has shown something, other than that it thinks."""

    @property
    def acknowledged(self) -> bool:
        return self.callback is not None

    @property
    def answers(self) -> list[StoredMessage]:
        """Everything that the app has shown in answer, but for the pressed message."""
        said = list(self.followups)
        if self.original is not None and self.original is not self.message:
            said.insert(0, self.original)
        return [each for each in said if not each.is_deleted and not each.is_loading]

    @property
    def text(self) -> str:
        """All words in answer."""
        return "\n".join(each.shown_text for each in self.answers)


def new_token() -> str:
    """The token that answers an interaction."""
    return f"local.interaction.{uuid4().hex}"


def _respond(asked: Asked) -> Json | None:
    server, kind = asked.server, asked.body.get("type")
    found = server.interactions.get(asked.path["webhook_token"])
    if found is None or found.id != asked.path["webhook_id"]:
        raise RefusedError(10062)
    if found.acknowledged:
        raise RefusedError(40060)
    seconds = time.monotonic() - found.began
    if seconds > TO_ANSWER:
        raise RefusedError(10062)
    takes = set(_TAKES[found.kind])
    if found.kind == SUBMIT and found.message is None:
        takes -= {DEFER_UPDATE, UPDATE}
    if kind not in takes:
        raise invalid("type", f"Value must be one of {sorted(takes)}.", "BASE_TYPE_CHOICES")
    data = asked.body.get("data") or {}
    inner = Asked(server, asked.path, asked.query, data, asked.files)
    _answer_at_first(inner, found, int(kind))
    found.callback, found.seconds = int(kind), seconds
    if server.overheard:
        # it was taken, but whoever did it never hears of it
        server.overheard -= 1
    else:
        found.done.set()
    wants = asked.query.get("with_response") in ("1", "true", "True")
    return _callback(asked, found, int(kind)) if wants else None


def _answer_at_first(asked: Asked, found: Interaction, kind: int) -> None:
    server = asked.server
    match kind:
        case 4:
            found.original = _say(asked, found)
        case 5:
            found.original = _new(asked, found, loading=True)
            server.show(found.channel, found.original)
        case 6:
            found.original = found.message
        case 7:
            assert found.message is not None
            _change(asked, found, found.message)
            found.original = found.message
        case 8:
            check(of_choices("data.choices", asked.body.get("choices") or []))
            found.choices = asked.body.get("choices") or []
            found.shown.set()
        case 9:
            check_modal(asked.body)
            found.modal = {**asked.body, "components": numbered(asked.body["components"])}
            server.open_modal(found)
            found.shown.set()


def _callback(asked: Asked, found: Interaction, kind: int) -> Json:
    interaction: Json = {"id": found.id, "type": found.kind}
    if found.original is not None:
        flags = found.original.flags
        interaction |= {
            "response_message_id": found.original.id,
            "response_message_loading": bool(flags & LOADING),
            "response_message_ephemeral": bool(flags & EPHEMERAL),
        }
    if found.original is None or kind not in (SAY, UPDATE):
        return {"interaction": interaction}
    shown = asked.server.shown(found.original, in_full=True)
    return {"interaction": interaction, "resource": {"type": kind, "message": shown}}


def _new(asked: Asked, found: Interaction, *, loading: bool = False) -> StoredMessage:
    flags = int(asked.body.get("flags") or 0)
    message = asked.server.new_message(found.channel, asked.bot)
    message.kind = MENU_ANSWER if found.target else COMMAND_ANSWER
    message.flags = (flags & EPHEMERAL) | (LOADING if loading else 0)
    message.ephemeral_to = found.user.id if flags & EPHEMERAL else None
    message.interaction = _metadata(found)
    return message


def _metadata(found: Interaction) -> Json:
    """Where a message is from; one that a form brings names what opened the form."""
    content: Json = {
        "id": found.id,
        "type": found.kind,
        "user": events.user(found.user),
        "authorizing_integration_owners": {"0": found.guild.id if found.guild else "0"},
    }
    if found.kind == PRESS and found.message is not None:
        content["interacted_message_id"] = found.message.id
    if found.opened_by is not None:
        content["triggering_interaction_metadata"] = _metadata(found.opened_by)
    return content


def _say(asked: Asked, found: Interaction) -> StoredMessage:
    check_content(asked)
    asked.server.note_mentions(live_mentions(asked.body, is_answer=True))
    message = _new(asked, found)
    fill(asked, message)
    asked.server.show(found.channel, message)
    found.shown.set()
    return message


def _change(asked: Asked, found: Interaction, message: StoredMessage) -> None:
    was_loading = message.is_loading
    check_content(asked, is_new=was_loading)
    asked.server.note_mentions(live_mentions(asked.body, is_answer=True))
    fill(asked, message)
    message.flags &= ~LOADING
    message.edited_at = None if was_loading else asked.server.now()
    asked.server.show(found.channel, message, is_new=was_loading)
    found.shown.set()


def _by_token(asked: Asked) -> Interaction:
    """The interaction whose token is used; raises RefusedError."""
    server = asked.server
    if asked.path["webhook_id"] != server.application.id:
        raise RefusedError(10015)
    found = server.interactions.get(asked.path["webhook_token"])
    if found is None or server.now() - found.made_at > TOKEN_LIVES:
        raise RefusedError(50027)
    if not found.acknowledged:
        raise RefusedError(10015)
    return found


def _follow(asked: Asked) -> Json:
    found = _by_token(asked)
    if found.original is not None and found.original.is_loading:
        # the first follow-up after a deferral takes the place of "is thinking"
        _change(asked, found, found.original)
        return asked.server.shown(found.original, in_full=True)
    message = _say(asked, found)
    found.followups.append(message)
    return asked.server.shown(message, in_full=True)


def _original(asked: Asked) -> tuple[Interaction, StoredMessage]:
    found = _by_token(asked)
    if found.original is None or found.original.is_deleted:
        raise RefusedError(10008)
    return found, found.original


def _followup(asked: Asked) -> tuple[Interaction, StoredMessage]:
    found = _by_token(asked)
    known = [each for each in (found.original, *found.followups) if each is not None]
    wanted = asked.path["message_id"]
    message = next((m for m in known if m.id == wanted and not m.is_deleted), None)
    if message is None:
        raise RefusedError(10008)
    return found, message


def _get_original(asked: Asked) -> Json:
    return asked.server.shown(_original(asked)[1], in_full=True)


def _update_original(asked: Asked) -> Json:
    found, message = _original(asked)
    _change(asked, found, message)
    return asked.server.shown(message, in_full=True)


def _delete_original(asked: Asked) -> None:
    found, message = _original(asked)
    _delete(asked, found, message)


def _get(asked: Asked) -> Json:
    return asked.server.shown(_followup(asked)[1], in_full=True)


def _update(asked: Asked) -> Json:
    found, message = _followup(asked)
    _change(asked, found, message)
    return asked.server.shown(message, in_full=True)


def _delete_followup(asked: Asked) -> None:
    found, message = _followup(asked)
    _delete(asked, found, message)


def _delete(asked: Asked, found: Interaction, message: StoredMessage) -> None:
    if message.ephemeral_to:
        message.is_deleted = True
    else:
        asked.server.acts.delete(found.channel, message)


_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
_FIRST, _LATER = f"{_HOOK}/messages/@original", f"{_HOOK}/messages/{{message_id}}"
_CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"


def _route(operation: str, method: str, template: str, run: Any) -> Route:
    return Route(operation, method, template, run, needs_token=False)


ROUTES: tuple[Route, ...] = (
    _route("create_interaction_response", "POST", _CALLBACK, _respond),
    _route("execute_webhook", "POST", _HOOK, _follow),
    _route("get_original_webhook_message", "GET", _FIRST, _get_original),
    _route("update_original_webhook_message", "PATCH", _FIRST, _update_original),
    _route("delete_original_webhook_message", "DELETE", _FIRST, _delete_original),
    _route("get_webhook_message", "GET", _LATER, _get),
    _route("update_webhook_message", "PATCH", _LATER, _update),
    _route("delete_webhook_message", "DELETE", _LATER, _delete_followup),
)
