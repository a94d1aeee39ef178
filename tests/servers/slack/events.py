"""What Slack tells an app, in Slack's own shapes."""

from itertools import count
from typing import Any
from uuid import uuid4

from tests.servers.slack.world import (
    BOT,
    BOT_USER,
    Channel,
    Json,
    Profile,
    StoredMessage,
    Workspace,
)

_ids = count(1)
APP = "A0CAIRN"


def callback(workspace: Workspace, event: Json) -> Json:
    """An event in its envelope."""
    number = next(_ids)
    event = {"event_ts": workspace.next_ts(), **event}
    body: Json = {
        "token": "verification",
        "team_id": workspace.team_id,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{number:08}{uuid4().hex[:8].upper()}",
        "event_time": int(float(event["event_ts"])),
        "authorizations": [
            {
                "enterprise_id": workspace.enterprise_id,
                "team_id": workspace.team_id,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{number}",
    }
    if workspace.enterprise_id:
        body["enterprise_id"] = workspace.enterprise_id
    return body


def message(workspace: Workspace, channel: Channel, said: StoredMessage) -> Json:
    """A message was said."""
    event: Json = {
        "type": "message",
        **shown(workspace, said),
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": said.ts,
    }
    if said.subtype == "thread_broadcast":
        event["root"] = {"ts": said.thread_ts, "type": "message", "text": "", "user": BOT_USER}
    return callback(workspace, event)


def shown(workspace: Workspace, said: StoredMessage) -> Json:
    """A message as it stands in a history."""
    content: Json = {
        "type": "message",
        "user": said.user,
        "ts": said.ts,
        "text": said.text,
        "team": workspace.team_id,
    }
    if said.is_cairns:
        content |= {
            "bot_id": BOT,
            "app_id": APP,
            "blocks": said.blocks,
            "bot_profile": {
                "id": BOT,
                "app_id": APP,
                "name": "Cairn",
                "icons": {},
                "deleted": False,
                "updated": 1_700_000_000,
                "team_id": workspace.team_id,
            },
        }
    else:
        content["client_msg_id"] = str(uuid4())
    if said.thread_ts:
        content |= {"thread_ts": said.thread_ts, "parent_user_id": BOT_USER}
    if said.subtype:
        content["subtype"] = said.subtype
    if said.edited_ts:
        content["edited"] = {"user": said.user, "ts": said.edited_ts}
    if said.files:
        content["files"] = said.files
    return content


def changed(workspace: Workspace, channel: Channel, now: StoredMessage, before: Json) -> Json:
    """A message reads otherwise, or only looks otherwise."""
    return callback(
        workspace,
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": workspace.next_ts(),
            "message": shown(workspace, now),
            "previous_message": before,
        },
    )


def deleted(workspace: Workspace, channel: Channel, gone: StoredMessage) -> Json:
    """A message is gone."""
    return callback(
        workspace,
        {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": workspace.next_ts(),
            "deleted_ts": gone.ts,
            "previous_message": shown(workspace, gone),
        },
    )


def reaction(workspace: Workspace, user: str, name: str, on: StoredMessage, *, added: bool) -> Json:
    """A reaction was added or taken back."""
    return callback(
        workspace,
        {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item_user": on.user,
            "item": {"type": "message", "channel": on.channel, "ts": on.ts},
        },
    )


def user_change(workspace: Workspace, profile: Profile) -> Json:
    """Someone's profile is otherwise."""
    return callback(
        workspace,
        {"type": "user_change", "user": user(workspace, profile), "cache_ts": 1_700_000_000},
    )


def home_opened(workspace: Workspace, user_id: str, tab: str) -> Json:
    """Someone looks at the app's own page, or at its messages."""
    return callback(
        workspace,
        {
            "type": "app_home_opened",
            "user": user_id,
            "channel": workspace.direct(user_id).id,
            "tab": tab,
        },
    )


def user(workspace: Workspace, profile: Profile, *, with_locale: bool = True) -> Json:
    """Someone as `users.info` tells of them."""
    named = {"real_name": profile.name.title(), "display_name": profile.name}
    content: dict[str, Any] = {
        "id": profile.id,
        "team_id": workspace.team_id,
        "name": profile.name,
        "deleted": profile.is_deleted,
        "color": "9f69e7",
        "real_name": named["real_name"],
        "tz": profile.tz,
        "tz_label": "Its own time",
        "tz_offset": 0,
        "profile": {
            **named,
            "first_name": named["real_name"],
            "last_name": "",
            "real_name_normalized": named["real_name"],
            "display_name_normalized": named["display_name"],
            "title": "",
            "phone": "",
            "skype": "",
            "fields": None,
            "status_text": "",
            "status_emoji": "",
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "avatar_hash": "g0",
            "image_24": "http://127.0.0.1/24.png",
            "image_32": "http://127.0.0.1/32.png",
            "image_48": "http://127.0.0.1/48.png",
            "image_72": "http://127.0.0.1/72.png",
            "image_192": "http://127.0.0.1/192.png",
            "image_512": "http://127.0.0.1/512.png",
            "status_text_canonical": "",
            "team": workspace.team_id,
        },
        "is_admin": profile.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 1_700_000_000,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }
    if with_locale:
        content["locale"] = profile.locale
    return content
