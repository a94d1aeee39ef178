"""Discord's schemas: HTTP requests and answers, gateway frames, interactions."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

_PARAMETER = re.compile(r"{\w+}")
_SNOWFLAKE = 10**16
_BITS = frozenset({"permissions", "allow", "deny", "default_member_permissions"})
"""Numbers that Discord takes as text too."""

_CHOICES = frozenset({"anyOf", "oneOf"})

_WITHOUT_DATA = frozenset({"RESUMED"})
DISPATCH, HELLO = 0, 10
_OPS = frozenset({1, 7, 9, HELLO, 11})


class DiscordSpecs:
    """The descriptions in a folder, each read when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[str, Validator] = {}

    def problems(self, entry: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with one record."""
        match entry["kind"]:
            case "discord.http":
                yield from self._request(entry)
            case "discord.frame":
                yield from self._frame(entry["direction"], entry["frame"])
            case other:
                yield f"no schema for {other}"

    def _request(self, entry: Mapping[str, Any]) -> Iterator[str]:
        name = entry["operation"]
        described = self._operations.get((entry["method"], _PARAMETER.sub("{}", entry["path"])))
        if described is None or described["operationId"] != name:
            yield f"{name}: no such operation"
            return
        if entry["status"] >= 400:
            # the server has refused it: nothing that it says of the app
            return
        yield from self._query(name, described, entry["query"])
        content = described.get("requestBody", {}).get("content", {})
        if "application/json" in content and entry["body"]:
            body = _evened(entry["body"].get("items", entry["body"]))
            schema = content["application/json"]["schema"]
            yield from _errors(f"{name} request", self._validator(f"{name}>", schema), body)
        elif entry["body"] and not content:
            yield f"{name}: takes no body"
        yield from self._answer(name, described, entry)

    def _query(
        self, name: str, described: Mapping[str, Any], query: Mapping[str, str]
    ) -> Iterator[str]:
        known = {each["name"] for each in described.get("parameters", ()) if each["in"] == "query"}
        yield from (f"{name}: no query {each}" for each in query if each not in known)

    def _answer(
        self, name: str, described: Mapping[str, Any], entry: Mapping[str, Any]
    ) -> Iterator[str]:
        status = str(entry["status"])
        responses = described["responses"]
        if status not in responses:
            yield f"{name}: no answer {status}, but {sorted(responses)}"
            return
        content = responses[status].get("content", {}).get("application/json")
        if content is not None:
            validator = self._validator(f"{name}<{status}", content["schema"])
            answer = _evened(entry["response"], bits=False)
            yield from _errors(f"{name} answer", validator, answer, lacks_are_advice=True)

    def _frame(self, direction: str, frame: Mapping[str, Any]) -> Iterator[str]:
        if direction == "in":
            yield from _errors(f"op {frame.get('op')}", self._sent, _evened(frame, bits=False))
            return
        if frame["op"] != DISPATCH:
            if frame["op"] not in _OPS:
                yield f"op {frame['op']}: no such frame"
            return
        name = f"event:{frame['t']}"
        if name not in self._dispatched["definitions"]:
            yield f"{name}: no such event"
            return
        if frame["t"] in _WITHOUT_DATA:
            return
        schema = {**self._dispatched["definitions"][name], **_definitions(self._dispatched)}
        yield from _errors(name, self._draft7(name, schema), frame, lacks_are_advice=True)
        if frame["t"] == "INTERACTION_CREATE":
            kind = f"interaction {frame['d']['type']}"
            yield from _errors(kind, self._interaction, frame["d"], lacks_are_advice=True)

    def _validator(self, name: str, schema: Mapping[str, Any]) -> Validator:
        if name not in self._validators:
            whole = {**schema, "components": self._http["components"]}
            self._validators[name] = Draft202012Validator(whole)
        return self._validators[name]

    def _draft7(self, name: str, schema: Mapping[str, Any]) -> Validator:
        if name not in self._validators:
            self._validators[name] = Draft7Validator(dict(schema))
        return self._validators[name]

    @cached_property
    def _operations(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        return {
            (method.upper(), _PARAMETER.sub("{}", path)): described
            for path, methods in self._http["paths"].items()
            for method, described in methods.items()
            if method != "parameters"
        }

    @cached_property
    def _http(self) -> dict[str, Any]:
        return self._read("discord_http_openapi.json")

    @cached_property
    def _dispatched(self) -> dict[str, Any]:
        return self._read("discord_gateway_dispatch_v10.schema.json")

    @cached_property
    def _sent(self) -> Validator:
        return Draft7Validator(self._read("discord_gateway_send_v10.schema.json"))

    @cached_property
    def _interaction(self) -> Validator:
        return Draft7Validator(self._read("discord_interaction_v10.schema.json"))

    def _read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self._folder / name).read_text(encoding="utf-8"))
        return content


def _definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"definitions": schema["definitions"]}


def _evened(value: Any, name: str = "", *, bits: bool = True) -> Any:
    """What Discord takes both ways, in the way of the schemas: ids as text, bits as numbers."""
    match value:
        case dict():
            inside = "attachments." if name == "attachments" else ""
            return {key: _evened(each, inside + key, bits=bits) for key, each in value.items()}
        case list():
            return [_evened(each, name, bits=bits) for each in value]
        case bool():
            return value
        case int() if value >= _SNOWFLAKE or name == "attachments.id":
            return str(value)
        case str() if bits and name in _BITS and value.isdigit():
            return int(value)
        case _:
            return value


def _errors(
    what: str, validator: Validator, content: Any, *, lacks_are_advice: bool = False
) -> Iterator[str]:
    """What is wrong; schemas ask for every field that Discord itself would send."""
    for error in validator.iter_errors(content):
        if lacks_are_advice and _is_only_lack(error):
            continue
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda each: len(each.absolute_path))
        steps = deepest.absolute_path
        where = "/".join("*" if isinstance(step, int) else str(step) for step in steps)
        yield f"{what}: {where or 'top'}: {deepest.message[:160]}"


def _is_only_lack(error: ValidationError) -> bool:
    """Whether nothing but missing fields is wrong, in one of the ways in which it may be right."""
    if error.validator == "required":
        return True
    if error.validator not in _CHOICES or not error.context:
        return False
    ways: dict[Any, list[ValidationError]] = {}
    for each in error.context:
        ways.setdefault(each.schema_path[0], []).append(each)
    return any(all(_is_only_lack(each) for each in way) for way in ways.values())
