"""Slack's Web API: the methods that Cairn uses, their arguments, scopes and errors."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.servers.slack import events
from tests.servers.slack.checks import WrongError, check_message, check_view
from tests.servers.slack.world import (
    BOT,
    BOT_USER,
    LIVES,
    SCOPES,
    Channel,
    Json,
    StoredMessage,
    Token,
    View,
    Workspace,
)

if TYPE_CHECKING:
    from tests.servers.slack.server import SlackServer

_views = count(1)


@dataclass(frozen=True)
class Called:
    """One call, its token looked up; `workspace` is the token's."""

    server: "SlackServer"
    workspace: Workspace
    token: Token
    arguments: Json

    def channel(self, name: str = "channel") -> Channel:
        """The conversation that is named; raises WrongError."""
        found = self.workspace.channels.get(str(self.arguments.get(name)))
        if found is None or (found.kind == "group" and BOT_USER not in found.members):
            raise WrongError("channel_not_found")
        return found


@dataclass(frozen=True)
class Method:
    """What a method takes and needs; one of `scopes` is enough."""

    run: Callable[[Called], Json]
    arguments: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    is_json: bool = False


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _auth_test(called: Called) -> Json:
    workspace = called.workspace
    return {
        "url": "https://acme.slack.com/",
        "team": workspace.name,
        "user": "cairn",
        "team_id": workspace.team_id,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "app_id": events.APP,
        "enterprise_id": workspace.enterprise_id,
        "is_enterprise_install": False,
    }


def _target(called: Called) -> Channel:
    """Where a post goes; a person's id is their own conversation."""
    wanted = str(called.arguments["channel"])
    workspace = called.workspace
    if wanted.startswith(("U", "W")):
        if wanted not in workspace.people:
            raise WrongError("channel_not_found")
        channel = workspace.direct(wanted)
    else:
        channel = called.channel()
    if channel.is_archived:
        raise WrongError("is_archived")
    if channel.kind == "im":
        (person,) = channel.members - {BOT_USER}
        if workspace.people[person].is_deleted:
            raise WrongError("user_disabled")
        if workspace.is_tab_closed:
            raise WrongError("messages_tab_disabled")
    if BOT_USER not in channel.members:
        raise WrongError("not_in_channel")
    return channel


def _post(called: Called) -> Json:
    check_message(called.arguments)
    channel, arguments = _target(called), called.arguments
    if arguments.get("thread_ts") and channel.find(arguments["thread_ts"]) is None:
        raise WrongError("thread_not_found")
    said = StoredMessage(
        called.workspace.next_ts(),
        channel.id,
        BOT_USER,
        arguments.get("text", ""),
        arguments.get("blocks") or [],
        arguments.get("thread_ts"),
        arguments.get("metadata"),
    )
    channel.messages.append(said)
    if channel.kind != "im" or called.server.tells_own_messages:
        called.server.tell(events.message(called.workspace, channel, said))
    shown = events.shown(called.workspace, said)
    return {"channel": channel.id, "ts": said.ts, "message": shown}


def _post_ephemeral(called: Called) -> Json:
    check_message(called.arguments)
    channel, user = called.channel(), str(called.arguments["user"])
    if user not in channel.members:
        raise WrongError("user_not_in_channel")
    if BOT_USER not in channel.members:
        raise WrongError("not_in_channel")
    said = called.server.show(called.workspace, channel, user, called.arguments)
    return {"message_ts": said.ts}


def _update(called: Called) -> Json:
    arguments = called.arguments
    if not str(arguments["channel"]).startswith(("C", "D", "G")):
        raise WrongError("channel_not_found")
    check_message({key: value for key, value in arguments.items() if key != "metadata"})
    said = called.channel().find(str(arguments["ts"]))
    if said is None:
        raise WrongError("message_not_found")
    if not said.is_cairns or said.ephemeral_to:
        raise WrongError("cant_update_message")
    said.text, said.blocks = arguments.get("text", ""), arguments.get("blocks") or []
    said.edited_ts = called.workspace.next_ts()
    return {"channel": said.channel, "ts": said.ts, "text": said.text}


def _open(called: Called) -> Json:
    workspace = called.workspace
    users = {each for each in str(called.arguments.get("users", "")).split(",") if each}
    if not users:
        raise WrongError("users_list_not_supplied")
    if len(users) > 8:
        raise WrongError("too_many_users")
    for each in users:
        if each not in workspace.people:
            raise WrongError("user_not_found")
        if workspace.people[each].is_deleted:
            raise WrongError("user_disabled")
    need = "im:write" if len(users) == 1 else "mpim:write"
    if need not in called.token.scopes:
        raise WrongError("missing_scope", need)
    channel = workspace.direct(users.pop()) if len(users) == 1 else workspace.group(users)
    return {"channel": {"id": channel.id}, "no_op": False, "already_open": False}


def _join(called: Called) -> Json:
    channel = called.channel()
    if channel.kind != "channel":
        raise WrongError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise WrongError("is_archived")
    channel.members.add(BOT_USER)
    return {"channel": {"id": channel.id, "name": channel.name}}


def _history(called: Called) -> Json:
    channel = called.channel()
    _check_may_read(called, channel)
    stand = [m for m in channel.messages if not m.is_deleted and not m.ephemeral_to]
    stand = [m for m in stand if m.thread_ts in (None, m.ts) or m.subtype == "thread_broadcast"]
    return _page(called, stand[::-1])


def _replies(called: Called) -> Json:
    channel, ts = called.channel(), str(called.arguments["ts"])
    _check_may_read(called, channel)
    stand = [m for m in channel.messages if not m.is_deleted and not m.ephemeral_to]
    thread = [m for m in stand if ts in (m.ts, m.thread_ts)]
    if not thread:
        raise WrongError("thread_not_found")
    return _page(called, thread)


def _check_may_read(called: Called, channel: Channel) -> None:
    kinds = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
    need = f"{kinds[channel.kind]}:history"
    if need not in called.token.scopes:
        raise WrongError("missing_scope", need)
    if BOT_USER not in channel.members:
        raise WrongError("not_in_channel")


def _page(called: Called, stand: list[StoredMessage]) -> Json:
    arguments = called.arguments
    oldest, latest = float(arguments.get("oldest", 0)), float(arguments.get("latest", "inf"))
    limit, start = int(arguments.get("limit", 100)), int(arguments.get("cursor") or 0)
    if not 1 <= limit <= 999:
        raise WrongError("invalid_limit")
    fits = [message for message in stand if oldest < float(message.ts) < latest]
    with_all = str(arguments.get("include_all_metadata", "")).lower() in ("1", "true")
    page = []
    for message in fits[start : start + limit]:
        content = events.shown(called.workspace, message)
        if message.metadata is not None:
            kept = message.metadata if with_all else {"event_type": message.metadata["event_type"]}
            content["metadata"] = kept
        page.append(content)
    more = start + limit < len(fits)
    return {
        "messages": page,
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def _users_info(called: Called) -> Json:
    profile = called.workspace.people.get(str(called.arguments.get("user")))
    if profile is None:
        raise WrongError("user_not_found")
    with_locale = str(called.arguments.get("include_locale", "")).lower() in ("1", "true")
    return {"user": events.user(called.workspace, profile, with_locale=with_locale)}


def _view(called: Called, kind: str) -> View:
    content = called.arguments["view"]
    content = json.loads(content) if isinstance(content, str) else content
    check_view(content, kind)
    return View(f"V{next(_views):06}", content, uuid4().hex[:10])


def _views_open(called: Called) -> Json:
    user = called.server.use_trigger(str(called.arguments["trigger_id"]))
    view = _view(called, "modal")
    called.server.hands(called.workspace, user).modal = view
    return {"view": {"id": view.id, "hash": view.hash, **view.content}}


def _views_publish(called: Called) -> Json:
    user = str(called.arguments["user_id"])
    if user not in called.workspace.people:
        raise WrongError("invalid_arguments", f"no user {user}")
    view = _view(called, "home")
    called.workspace.homes[user] = view
    return {"view": {"id": view.id, "hash": view.hash, **view.content}}


def _upload_url(called: Called) -> Json:
    if int(called.arguments["length"]) <= 0:
        raise WrongError("invalid_arguments", "length")
    file_id = f"F{uuid4().hex[:8].upper()}"
    called.server.uploads[file_id] = {"name": str(called.arguments["filename"]), **called.arguments}
    return {"upload_url": f"{called.server.origin}/upload/{file_id}", "file_id": file_id}


def _complete_upload(called: Called) -> Json:
    given = called.arguments["files"]
    given = json.loads(given) if isinstance(given, str) else given
    files = []
    for each in given:
        staged = called.server.uploads.get(each["id"])
        if staged is None or "content" not in staged:
            raise WrongError("file_not_found")
        files.append({"id": each["id"], "name": staged["name"], "title": each.get("title", "")})
    wanted = str(called.arguments.get("channel_id") or called.arguments.get("channels") or "")
    channel = called.workspace.channels.get(wanted)
    if channel is None or BOT_USER not in channel.members:
        raise WrongError("channel_not_found")
    said = StoredMessage(
        called.workspace.next_ts(),
        channel.id,
        BOT_USER,
        str(called.arguments.get("initial_comment", "")),
        subtype="file_share",
        files=[{**each, "bytes": called.server.uploads[each["id"]]} for each in files],
    )
    channel.messages.append(said)
    return {"files": files}


def _oauth_access(called: Called) -> Json:
    server, arguments = called.server, called.arguments
    if arguments.get("client_id") != server.app.client_id:
        raise WrongError("invalid_client_id")
    if arguments.get("client_secret") != server.app.client_secret:
        raise WrongError("bad_client_secret")
    if arguments.get("grant_type") == "refresh_token":
        return server.refresh(str(arguments.get("refresh_token")))
    granted = server.codes.pop(str(arguments.get("code")), None)
    if granted is None or granted.ends_at < server.now():
        raise WrongError("invalid_code")
    if granted.redirect_uri != arguments.get("redirect_uri"):
        raise WrongError("bad_redirect_uri")
    workspace = server.workspaces[granted.team]
    installation = server.install(granted.team, granted.scopes, rotating=granted.is_rotating)
    answer: Json = {
        "access_token": installation.bot_token,
        "token_type": "bot",
        "scope": ",".join(sorted(granted.scopes)),
        "bot_user_id": BOT_USER,
        "app_id": events.APP,
        "team": {"name": workspace.name, "id": workspace.team_id},
        "enterprise": workspace.enterprise_id and {"id": workspace.enterprise_id, "name": "Org"},
        "authed_user": {"id": granted.user},
        "is_enterprise_install": False,
    }
    if server.is_org_wide:
        answer |= {
            "team": None,
            "enterprise": {"id": "E1", "name": "Org"},
            "is_enterprise_install": True,
        }
    if installation.refresh_token:
        answer |= {
            "refresh_token": installation.refresh_token,
            "expires_in": int(LIVES.total_seconds()),
        }
    return answer


def _connections_open(called: Called) -> Json:
    return {"url": f"{called.server.origin.replace('http', 'ws', 1)}/link?ticket={uuid4().hex}"}


def _delete(called: Called) -> Json:
    said = called.channel().find(str(called.arguments["ts"]))
    if said is None:
        raise WrongError("message_not_found")
    said.is_deleted = True
    return {"channel": said.channel, "ts": said.ts}


_MESSAGE = (
    "channel text blocks thread_ts unfurl_links unfurl_media metadata mrkdwn parse link_names"
)
_PAGES = "channel oldest latest inclusive limit cursor include_all_metadata"

METHODS: Mapping[str, Method] = {
    "auth.test": Method(_auth_test),
    "apps.connections.open": Method(_connections_open),
    "oauth.v2.access": Method(
        _oauth_access,
        _words("client_id client_secret code redirect_uri grant_type refresh_token"),
    ),
    "chat.postMessage": Method(
        _post, _words(_MESSAGE), _words("channel"), _words("chat:write"), is_json=True
    ),
    "chat.postEphemeral": Method(
        _post_ephemeral,
        _words("channel user text blocks thread_ts"),
        _words("channel user"),
        _words("chat:write"),
        is_json=True,
    ),
    "chat.update": Method(
        _update,
        _words("channel ts text blocks metadata"),
        _words("channel ts"),
        _words("chat:write"),
        is_json=True,
    ),
    "chat.delete": Method(
        _delete, _words("channel ts"), _words("channel ts"), _words("chat:write"), is_json=True
    ),
    "conversations.open": Method(
        _open, _words("users channel return_im"), scopes=_words("im:write mpim:write")
    ),
    "conversations.join": Method(
        _join, _words("channel"), _words("channel"), _words("channels:join")
    ),
    "conversations.history": Method(_history, _words(_PAGES), _words("channel")),
    "conversations.replies": Method(_replies, _words(_PAGES + " ts"), _words("channel ts")),
    "users.info": Method(
        _users_info, _words("user include_locale"), _words("user"), _words("users:read")
    ),
    "views.open": Method(
        _views_open, _words("trigger_id view"), _words("trigger_id view"), is_json=True
    ),
    "views.publish": Method(
        _views_publish, _words("user_id view hash"), _words("user_id view"), is_json=True
    ),
    "files.getUploadURLExternal": Method(
        _upload_url,
        _words("filename length alt_txt alt_text snippet_type"),
        _words("filename length"),
        _words("files:write"),
    ),
    "files.completeUploadExternal": Method(
        _complete_upload,
        _words("files channel_id channels thread_ts initial_comment blocks"),
        _words("files"),
        _words("files:write"),
    ),
}


@dataclass(frozen=True)
class Installation:
    """What an app is given when it is installed."""

    team: str
    bot_token: str
    refresh_token: str | None = None


@dataclass(frozen=True)
class Code:
    """A one-use code of an installation under way."""

    team: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    ends_at: Any
    is_rotating: bool = False


CODE_LIVES = timedelta(minutes=10)
ALL_SCOPES = SCOPES
