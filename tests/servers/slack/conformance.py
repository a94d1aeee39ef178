"""Slack's schemas: Web API calls, events, blocks, views."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.protocols import Validator

_NEWER_ARGUMENTS: Mapping[str, frozenset[str]] = {
    "chat.postMessage": frozenset({"metadata"}),
    "chat.update": frozenset({"metadata"}),
    "conversations.history": frozenset({"include_all_metadata"}),
    "conversations.replies": frozenset({"include_all_metadata"}),
    "oauth.v2.access": frozenset({"grant_type", "refresh_token"}),
}
"""What methods have learnt since the description of 2021."""

_ANY_METHOD = frozenset({"token", "team_id"})
"""bolt adds the team to every call."""

_NEWER_METHODS = frozenset(
    {
        "apps.connections.open",
        "files.completeUploadExternal",
        "files.getUploadURLExternal",
    }
)

_NO_LONGER_REQUIRED: Mapping[str, frozenset[str]] = {
    # a refresh has a token in its place
    "oauth.v2.access": frozenset({"code"}),
}


class SlackSpecs:
    """The descriptions in a folder, each read when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def problems(self, entry: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with one record."""
        match entry["kind"]:
            case "slack.api":
                yield from self._call(entry["method"], entry["arguments"])
            case "slack.event":
                yield from self._event(entry["body"])
            case "slack.manifest":
                yield from self._manifest(entry["manifest"])
            case "slack.frame":
                yield from _frame(entry["direction"], entry["frame"])
            case other:
                yield f"no schema for {other}"

    def _call(self, method: str, arguments: Mapping[str, Any]) -> Iterator[str]:
        yield from self._arguments(method, arguments)
        for name, validator in (("blocks", self._blocks), ("view", self._view)):
            if name in arguments:
                content = arguments[name]
                content = json.loads(content) if isinstance(content, str) else content
                yield from _errors(f"{method} {name}", validator, content)

    def _arguments(self, method: str, arguments: Mapping[str, Any]) -> Iterator[str]:
        described = self._methods.get(f"/{method}")
        if described is None:
            if method not in _NEWER_METHODS:
                yield f"{method}: no such method"
            return
        parameters = [p for how in described.values() for p in how.get("parameters", [])]
        known = {p["name"] for p in parameters} | _ANY_METHOD
        known |= _NEWER_ARGUMENTS.get(method, frozenset())
        yield from (f"{method}: no argument {name}" for name in arguments if name not in known)
        required = {p["name"] for p in parameters if p.get("required")}
        required -= {"token"} | _NO_LONGER_REQUIRED.get(method, frozenset())
        yield from (f"{method}: {name} is missing" for name in sorted(required - set(arguments)))

    def _event(self, body: Mapping[str, Any]) -> Iterator[str]:
        if body.get("type") != "event_callback":
            return
        yield from _errors("event wrapper", self._wrapper, body)
        event = body["event"]
        name = f"event:{event['type']}"
        if "subtype" in event and f"{name}.{event['subtype']}" in self._events["definitions"]:
            name = f"{name}.{event['subtype']}"
        if name not in self._events["definitions"]:
            yield f"{name}: no such event"
            return
        validator = Draft7Validator({**self._events["definitions"][name], **self._definitions})
        yield from _errors(name, validator, _completed(event))

    def _manifest(self, manifest: Mapping[str, Any]) -> Iterator[str]:
        major = manifest.get("_metadata", {}).get("major_version", 1)
        schema = self._read(f"slack_manifest.schema.{major}.0.0.json")
        yield from _errors("manifest", Draft7Validator(schema), manifest)

    @cached_property
    def _methods(self) -> Mapping[str, Any]:
        return dict(self._read("slack_web_openapi_2021.json")["paths"])

    @cached_property
    def _blocks(self) -> Validator:
        return Draft7Validator(self._read("slack_blocks.schema.json"))

    @cached_property
    def _view(self) -> Validator:
        return Draft7Validator(self._read("slack_view.schema.json"))

    @cached_property
    def _wrapper(self) -> Validator:
        schema = self._read("slack_event_wrapper_2021.schema.json")
        # today's payloads carry `authorizations` instead
        schema["required"].remove("authed_users")
        return Draft7Validator(schema)

    @cached_property
    def _events(self) -> Mapping[str, Any]:
        return self._read("slack_events_inner.schema.json")

    @cached_property
    def _definitions(self) -> Mapping[str, Any]:
        return {"definitions": self._events["definitions"]}

    def _read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self._folder / name).read_text(encoding="utf-8"))
        return content


def _completed(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event whose inner messages say where they are, as the schema asks and Slack doesn't."""
    where = {name: event[name] for name in ("channel", "channel_type", "event_ts") if name in event}
    inner = {name: event[name] for name in ("message", "previous_message") if name in event}
    return {**event, **{name: {**where, **message} for name, message in inner.items()}}


def _errors(what: str, validator: Validator, content: Any) -> Iterator[str]:
    for error in validator.iter_errors(content):
        where = "/".join("*" if isinstance(step, int) else str(step) for step in error.path)
        # an `anyOf` that fits nowhere says least of all what is wrong: its last level says more
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda each: len(each.absolute_path))
        yield f"{what}: {where or 'top'}: {deepest.message[:160]}"


def _frame(direction: str, frame: Mapping[str, Any]) -> Iterator[str]:
    """Socket Mode has no schema: what the SDK's own parser needs."""
    if direction == "in":
        if "envelope_id" not in frame:
            yield "an acknowledgement without envelope_id"
        if not set(frame) <= {"envelope_id", "payload"}:
            yield f"an acknowledgement with {sorted(frame)}"
    elif "type" not in frame:
        yield "a frame without type"
