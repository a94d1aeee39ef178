"""Somebody's hands and eyes in Slack: what they do reaches the app, what it shows they see."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.servers.slack import events
from tests.servers.slack.delivery import Delivered
from tests.servers.slack.methods import ALL_SCOPES, CODE_LIVES, Code
from tests.servers.slack.world import (
    BOT_USER,
    Channel,
    Json,
    Profile,
    StoredMessage,
    View,
    Workspace,
    pressables,
)

if TYPE_CHECKING:
    from tests.servers.slack.server import SlackServer

_numbers = count(1)


@dataclass(frozen=True)
class Outcome:
    """How the app took something."""

    acknowledged: bool
    payload: Any
    seconds: float | None
    status: int | None


def typed(text: str) -> str:
    """What someone types, as Slack passes it on."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class PersonHands:
    """One person of one workspace."""

    def __init__(self, server: "SlackServer", workspace: Workspace, profile: Profile) -> None:
        self.server, self.workspace, self.profile = server, workspace, profile
        self.modal: View | None = None
        self.errors: dict[str, str] = {}
        self.ephemerals: list[StoredMessage] = []

    @property
    def id(self) -> str:
        return self.profile.id

    @property
    def home(self) -> View | None:
        return self.workspace.homes.get(self.id)

    @property
    def has_form(self) -> bool:
        """Whether a form is open before them."""
        return self.modal is not None

    @property
    def direct(self) -> Channel:
        """Their conversation with the app."""
        return self.workspace.direct(self.id)

    # what they do

    async def command(
        self, text: str, channel: str | None = None, command: str = "/cairn"
    ) -> Outcome:
        """Type a slash command; mentions in it are escaped already."""
        where = self.workspace.channels[channel] if channel else self.direct
        named = {"im": "directmessage", "group": "privategroup", "mpim": where.name}
        body = {
            "token": "verification",
            "team_id": self.workspace.team_id,
            "team_domain": "acme",
            "channel_id": where.id,
            "channel_name": named.get(where.kind, where.name),
            "user_id": self.id,
            "user_name": self.profile.name,
            "command": command,
            "text": text,
            "api_app_id": events.APP,
            "is_enterprise_install": "false",
            "response_url": self.server.response_url(self.workspace, where, self.id),
            "trigger_id": self.server.trigger(self.id),
        }
        outcome = await self._deliver("slash_commands", body)
        if outcome.payload:
            content = outcome.payload
            content = content if isinstance(content, dict) else {"text": content}
            self.server.show(self.workspace, where, self.id, content)
        return outcome

    async def press(
        self, message: StoredMessage, label: str | None = None, number: int | None = None
    ) -> Outcome:
        """Press a button or choose from a menu, by its label or its number (from 1)."""
        return await self._act(_chosen(message.buttons(), label, number), message=message)

    async def press_home(self, label: str) -> Outcome:
        """Press a button of the Home tab."""
        assert self.home is not None
        chosen = _chosen(pressables(self.home.content["blocks"]), label, None)
        return await self._act(chosen, view=self.home)

    async def _act(
        self, chosen: Json, message: StoredMessage | None = None, view: View | None = None
    ) -> Outcome:
        element = chosen["element"]
        action: Json = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": chosen["block"].get("block_id", "b1"),
            "action_ts": self.workspace.next_ts(),
        }
        if "option" in chosen:
            action["selected_option"] = chosen["option"]
        else:
            action |= {"text": element["text"], "value": element.get("value", "")}
        body = self._interaction("block_actions") | {"actions": [action], "state": {"values": {}}}
        if message is not None:
            where = self.workspace.channels[message.channel]
            is_ephemeral = message.ephemeral_to is not None
            body |= {
                "container": {
                    "type": "message",
                    "message_ts": message.ts,
                    "channel_id": where.id,
                    "is_ephemeral": is_ephemeral,
                },
                "channel": {"id": where.id, "name": where.name},
                "response_url": self.server.response_url(self.workspace, where, self.id, message),
            }
            if not is_ephemeral:
                body["message"] = events.shown(self.workspace, message)
        if view is not None:
            body |= {"container": {"type": "view", "view_id": view.id}, "view": self._shown(view)}
        return await self._deliver("interactive", body)

    async def submit(self, values: Mapping[str, str] | None = None) -> Outcome:
        """Fill in the open form, by block or label, and send it."""
        assert self.modal is not None, "no form is open"
        modal = self.modal
        state = _state(modal.content["blocks"], dict(values or {}))
        body = self._interaction("view_submission") | {
            "view": self._shown(modal) | {"state": {"values": state}},
            "response_urls": [],
            "is_enterprise_install": False,
        }
        outcome = await self._deliver("interactive", body)
        answer = outcome.payload if isinstance(outcome.payload, dict) else {}
        if answer.get("response_action") == "errors":
            blocks = {b.get("block_id") for b in modal.content["blocks"] if b["type"] == "input"}
            wrong = set(answer["errors"]) - blocks
            if wrong or not answer["errors"]:
                self.server.violations.append(f"errors for no input: {sorted(wrong)}")
            self.errors = answer["errors"]
        elif outcome.acknowledged and self.modal is modal:
            self.modal, self.errors = None, {}
        return outcome

    async def say(
        self, text: str, channel: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> StoredMessage:
        """Say something; `text` as Slack passes it on, see `typed`."""
        where = self.workspace.channels[channel]
        said = StoredMessage(
            self.workspace.next_ts(),
            where.id,
            self.id,
            text,
            thread_ts=thread_ts,
            subtype="thread_broadcast" if broadcast else None,
        )
        where.messages.append(said)
        await self._tell(where, events.message(self.workspace, where, said))
        return said

    async def say_direct(self, text: str) -> StoredMessage:
        """Say something to the app."""
        return await self.say(text, self.direct.id)

    async def edit(self, said: StoredMessage, text: str) -> None:
        """Change what was said."""
        before = events.shown(self.workspace, said)
        said.text, said.edited_ts = text, self.workspace.next_ts()
        where = self.workspace.channels[said.channel]
        await self._tell(where, events.changed(self.workspace, where, said, before))

    async def unfurl(self, said: StoredMessage) -> None:
        """Slack changes a message that nobody edited."""
        where = self.workspace.channels[said.channel]
        before = events.shown(self.workspace, said)
        await self._tell(where, events.changed(self.workspace, where, said, before))

    async def delete(self, said: StoredMessage) -> None:
        """Take back what was said."""
        said.is_deleted = True
        where = self.workspace.channels[said.channel]
        await self._tell(where, events.deleted(self.workspace, where, said))

    async def react(self, name: str, on: StoredMessage, *, added: bool = True) -> None:
        """React to a message, or take that back."""
        where = self.workspace.channels[on.channel]
        event = events.reaction(self.workspace, self.id, name, on, added=added)
        await self._tell(where, event)

    async def open_home(self, tab: str = "home") -> Outcome:
        """Look at the app's own page."""
        event = events.home_opened(self.workspace, self.id, tab)
        return await self._deliver("events_api", event)

    async def message_shortcut(self, callback_id: str, on: StoredMessage) -> Outcome:
        """Choose an entry of a message's menu."""
        where = self.workspace.channels[on.channel]
        body = self._interaction("message_action") | {
            "callback_id": callback_id,
            "action_ts": self.workspace.next_ts(),
            "channel": {"id": where.id, "name": where.name},
            "message": events.shown(self.workspace, on),
            "message_ts": on.ts,
            "response_url": self.server.response_url(self.workspace, where, self.id),
        }
        return await self._deliver("interactive", body)

    async def global_shortcut(self, callback_id: str) -> Outcome:
        """Choose an entry of the search field's menu."""
        more = {"callback_id": callback_id, "action_ts": self.workspace.next_ts()}
        return await self._deliver("interactive", self._interaction("shortcut") | more)

    async def change_profile(self, **changes: Any) -> Outcome:
        """Change name, tz, locale, is_admin or is_deleted."""
        for name, value in changes.items():
            setattr(self.profile, name, value)
        event = events.user_change(self.workspace, self.profile)
        return await self._deliver("events_api", event)

    async def install(self, url: str, *, scopes: frozenset[str] = ALL_SCOPES) -> tuple[int, str]:
        """Go through an app's page for installing, and say yes; the last page's status and text."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as web:
            async with web.get(url, allow_redirects=False) as page:
                cookies = {name: one.value for name, one in page.cookies.items()}
                target = page.headers.get("Location") or link_on(await page.text())
            asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            wanted = set(asked.get("scope", "").split(","))
            code = f"code-{next(_numbers)}"
            self.server.codes[code] = Code(
                self.workspace.team_id,
                self.id,
                frozenset(wanted & scopes),
                asked["redirect_uri"],
                self.server.now() + CODE_LIVES,
                self.server.is_rotating,
            )
            back = urlsplit(asked["redirect_uri"])
            here = urlsplit(url)
            address = f"{here.scheme}://{here.netloc}{back.path}"
            answer = {"code": code, "state": asked["state"]}
            async with web.get(address, params=answer, cookies=cookies) as page:
                return page.status, await page.text()

    # helpers

    def _interaction(self, kind: str) -> Json:
        return {
            "type": kind,
            "token": "verification",
            "api_app_id": events.APP,
            "team": {"id": self.workspace.team_id, "domain": "acme"},
            "enterprise": None,
            "user": {
                "id": self.id,
                "username": self.profile.name,
                "name": self.profile.name,
                "team_id": self.workspace.team_id,
            },
            "trigger_id": self.server.trigger(self.id),
            "is_enterprise_install": False,
        }

    def _shown(self, view: View) -> Json:
        return {
            "id": view.id,
            "team_id": self.workspace.team_id,
            "hash": view.hash,
            "state": {"values": {}},
            "app_id": events.APP,
            **view.content,
        }

    async def _tell(self, where: Channel, event: Json) -> None:
        # Slack tells an app only of what happens where it is
        if BOT_USER in where.members:
            await self._deliver("events_api", event)

    async def _deliver(self, kind: Any, body: Json) -> Outcome:
        delivered: Delivered = self.server.deliver(kind, body)
        if self.server.waits_for_acks:
            await delivered.done.wait()
        return Outcome(
            delivered.acknowledged, delivered.payload, delivered.seconds, delivered.status
        )


def _chosen(found: list[Json], label: str | None, number: int | None) -> Json:
    if number is not None:
        return found[number - 1]
    return next(one for one in found if one["label"] == label)


def link_on(page: str) -> str:
    """The address that a page leads to."""
    start = page.index('href="http') + 6
    return unescape(page[start : page.index('"', start)])


def _state(blocks: list[Json], values: dict[str, str]) -> Json:
    state: Json = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        label = block["label"]["text"]
        given = values.pop(name, values.pop(label, None))
        state[name] = {element["action_id"]: _filled(element, given)}
    assert not values, f"no such fields: {sorted(values)}"
    return state


_PICKED = {
    "datepicker": "date",
    "timepicker": "time",
    "users_select": "user",
    "conversations_select": "conversation",
}


def _filled(element: Json, given: str | None) -> Json:
    kind = element["type"]
    match kind:
        case "plain_text_input":
            value = element.get("initial_value") if given is None else given or None
            if value is not None:
                assert len(value) <= element.get("max_length", 3000), "more than the input takes"
            return {"type": kind, "value": value}
        case "static_select":
            chosen = element.get("initial_option")
            if given is not None:
                chosen = next((o for o in _options(element) if _is_called(o, given)), None)
                assert chosen or not given, f"no option {given}"
            return {"type": kind, "selected_option": chosen}
        case "checkboxes" | "multi_static_select":
            many = element.get("initial_options", [])
            if given is not None:
                wanted = [part.strip() for part in given.split(",") if part.strip()]
                many = [o for o in _options(element) if any(_is_called(o, w) for w in wanted)]
            return {"type": kind, "selected_options": many}
        case "datepicker" | "timepicker" | "users_select" | "conversations_select":
            what = _PICKED[kind]
            return {"type": kind, f"selected_{what}": given or element.get(f"initial_{what}")}
        case "multi_users_select":
            users = given.split(",") if given else element.get("initial_users", [])
            return {"type": kind, "selected_users": users}
        case "file_input":
            return {"type": kind, "files": json.loads(given) if given else []}
        case _:
            raise AssertionError(f"nobody can fill in {kind}")


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(o for group in groups for o in group["options"])]


def _is_called(option: Json, wanted: str) -> bool:
    return wanted in (option["value"], option["text"]["text"])
