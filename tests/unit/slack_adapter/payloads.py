"""Payloads as Slack sends them, for people and places of the workspace T1."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

Json = dict[str, object]

AT = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
"""When payloads are received."""

HAPPENED = AT - timedelta(seconds=2)
TS = f"{HAPPENED.timestamp():.0f}.000200"
EARLIER = f"{HAPPENED.timestamp() - 60:.0f}.000100"


def happened() -> datetime:
    """The time that TS stands for."""
    return HAPPENED + timedelta(microseconds=200)


def event(inner: Mapping[str, object], **outer: object) -> Json:
    """Something that Slack tells of."""
    return {
        "type": "event_callback",
        "token": "verification",
        "team_id": "T1",
        "context_team_id": "T1",
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event_time": int(HAPPENED.timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": "T1",
                "user_id": "UBOT",
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-abc",
        "event": dict(inner),
        **outer,
    }


def message(text: object = "hello", **more: object) -> Json:
    """Somebody's message in a channel."""
    return {
        "type": "message",
        "client_msg_id": "c-1",
        "user": "U1",
        "team": "T1",
        "text": text,
        "ts": TS,
        "channel": "C1",
        "channel_type": "channel",
        "event_ts": TS,
        **more,
    }


def changed(new: Mapping[str, object], old: Mapping[str, object] | None, **more: object) -> Json:
    """A message that has changed in some way."""
    inner: Json = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "D1",
        "channel_type": "im",
        "ts": TS,
        "event_ts": TS,
        "message": {"type": "message", "user": "U1", "ts": EARLIER, **new},
        **more,
    }
    if old is not None:
        inner["previous_message"] = {"type": "message", "user": "U1", "ts": EARLIER, **old}
    return event(inner)


def deleted(old: Mapping[str, object], **more: object) -> Json:
    """A message that is gone."""
    return event(
        {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": "C1",
            "channel_type": "channel",
            "ts": TS,
            "event_ts": TS,
            "deleted_ts": EARLIER,
            "previous_message": {"type": "message", "user": "U1", "ts": EARLIER, **old},
            **more,
        }
    )


def reaction(name: object = "+1", kind: object = "reaction_added", **more: object) -> Json:
    """Somebody's reaction."""
    return event(
        {
            "type": kind,
            "user": "U1",
            "reaction": name,
            "item_user": "UBOT",
            "item": {"type": "message", "channel": "C1", "ts": EARLIER},
            "event_ts": TS,
            **more,
        }
    )


def user_change(**more: object) -> Json:
    """Somebody's profile has changed."""
    user = {
        "id": "U1",
        "team_id": "T1",
        "name": "ana",
        "deleted": False,
        "real_name": "Ana Lima",
        "tz": "Europe/Lisbon",
        "locale": "pt-BR",
        "profile": {"real_name": "Ana Lima", "display_name": "Ana", "team": "T1"},
        "is_admin": False,
        "is_owner": False,
        "is_bot": False,
        **more,
    }
    return event({"type": "user_change", "user": user, "cache_ts": 1, "event_ts": TS})


def command(text: object = "status", **more: object) -> Json:
    """`/cairn ...`, as Slack sends a command: a form, every value a string."""
    return {
        "token": "verification",
        "team_id": "T1",
        "team_domain": "town",
        "channel_id": "C1",
        "channel_name": "general",
        "user_id": "U1",
        "user_name": "ana",
        "command": "/cairn",
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T1/1/x",
        "trigger_id": "13.7.x",
        **more,
    }


def interaction(kind: str, **more: object) -> Json:
    """A payload of interactivity."""
    return {
        "type": kind,
        "team": {"id": "T1", "domain": "town"},
        "user": {"id": "U1", "username": "ana", "name": "ana", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "verification",
        "trigger_id": "13.7.x",
        "enterprise": None,
        "is_enterprise_install": False,
        **more,
    }


def pressed(action: Mapping[str, object], **more: object) -> Json:
    """A button pressed, or an option chosen, in Cairn's direct message."""
    return interaction(
        "block_actions",
        **{
            "container": {
                "type": "message",
                "message_ts": EARLIER,
                "channel_id": "D1",
                "is_ephemeral": False,
            },
            "channel": {"id": "D1", "name": "directmessage"},
            "message": {"type": "message", "ts": EARLIER, "bot_id": "B1"},
            "response_url": "https://hooks.slack.com/actions/T1/1/x",
            "actions": [{"type": "button", "block_id": "b", "action_ts": TS, **action}],
            **more,
        },
    )


def submitted(metadata: str, values: Mapping[str, object] | None = None, **view: object) -> Json:
    """A form sent in."""
    return interaction(
        "view_submission",
        response_urls=[],
        view={
            "id": "V1",
            "hash": "156.h",
            "type": "modal",
            "callback_id": "cairn:form",
            "private_metadata": metadata,
            "state": {"values": values or {}},
            **view,
        },
    )


def menu_entry(callback_id: object = "cairn:pin", **more: object) -> Json:
    """An entry of a message's menu chosen."""
    return interaction(
        "message_action",
        **{
            "callback_id": callback_id,
            "action_ts": TS,
            "message_ts": EARLIER,
            "channel": {"id": "C1", "name": "general"},
            "response_url": "https://hooks.slack.com/app/T1/1/x",
            "message": {"type": "message", "user": "U2", "ts": EARLIER, "text": "a &amp; b"},
            **more,
        },
    )
