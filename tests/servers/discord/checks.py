"""What Discord takes as the content of messages and modals: counts, lengths, required parts."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.discord.refusals import RefusedError, Wrong
from tests.servers.discord.world import COMPONENTS_V2, Json, walked

CONTENT, EMBEDS_TOGETHER, NONCE = 2000, 6000, 25
_EMBED = {"title": 256, "description": 4096}
_V2_KINDS = frozenset({9, 10, 11, 12, 13, 14, 17})
_ROW, _BUTTON, _SELECT, _INPUT, _LABEL, _TEXT = 1, 2, 3, 4, 18, 10
_SELECTS = frozenset({3, 5, 6, 7, 8})
_IN_LABEL = _SELECTS | {_INPUT, 19, 21, 22, 23}
_ARCHIVE = frozenset({60, 1440, 4320, 10080})

_MENTION = re.compile(r"<@!?(\d+)>|<@&(\d+)>|@(everyone|here)")

Check = Callable[[Json], Iterator[Wrong]]


def length(path: str, value: Any, least: int, most: int) -> Iterator[Wrong]:
    """What is wrong with how long a text is."""
    if not isinstance(value, str):
        yield Wrong(path, "BASE_TYPE_STRING", "Only strings are allowed")
    elif not value and least:
        yield Wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif len(value) > most or len(value) < least:
        told = f"Must be between {least} and {most} in length."
        code = "BASE_TYPE_MAX_LENGTH" if len(value) > most else "BASE_TYPE_MIN_LENGTH"
        yield Wrong(path, code, told)


def number(path: str, found: int, least: int, most: int) -> Iterator[Wrong]:
    """What is wrong with how many there are."""
    if not least <= found <= most:
        yield Wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most}: {found}")


def check(wrong: Iterator[Wrong]) -> None:
    """Raises RefusedError if anything is wrong."""
    reasons = tuple(wrong)
    if reasons:
        raise RefusedError(50035, *reasons)


def check_message(body: Json, *, is_new: bool = True, files: int = 0) -> None:
    """Raises RefusedError for a message that Discord refuses."""
    check(_of_message(body))
    said = any(body.get(key) for key in ("content", "embeds", "components", "poll", "sticker_ids"))
    if is_new and not said and not files:
        raise RefusedError(50006)


def _of_message(body: Json) -> Iterator[Wrong]:
    if body.get("content"):
        yield from length("content", body["content"], 0, CONTENT)
    if isinstance(nonce := body.get("nonce"), str):
        yield from length("nonce", nonce, 1, NONCE)
    embeds = body.get("embeds") or []
    yield from number("embeds", len(embeds), 0, 10)
    for at, embed in enumerate(embeds):
        yield from _of_embed(f"embeds.{at}", embed)
    together = sum(_size(embed) for embed in embeds)
    if together > EMBEDS_TOGETHER:
        yield Wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"{together} characters in embeds")
    components = body.get("components") or []
    if int(body.get("flags") or 0) & COMPONENTS_V2:
        yield from _of_layout(body, components)
    else:
        yield from _of_rows(components)
    yield from _of_ids(components)
    yield from _of_mentions(body.get("allowed_mentions"))
    for at, attachment in enumerate(body.get("attachments") or []):
        if attachment.get("description") is not None:
            path = f"attachments.{at}.description"
            yield from length(path, attachment["description"], 0, 1024)


def _size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or ():
        texts += [field.get("name"), field.get("value")]
    return sum(len(text or "") for text in texts)


def _of_embed(path: str, embed: Json) -> Iterator[Wrong]:
    for key, most in _EMBED.items():
        if embed.get(key) is not None:
            yield from length(f"{path}.{key}", embed[key], 1, most)
    for key, inner, most in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(key):
            yield from length(f"{path}.{key}.{inner}", embed[key].get(inner), 1, most)
    fields = embed.get("fields") or []
    yield from number(f"{path}.fields", len(fields), 0, 25)
    for at, field in enumerate(fields):
        yield from length(f"{path}.fields.{at}.name", field.get("name"), 1, 256)
        yield from length(f"{path}.fields.{at}.value", field.get("value"), 1, 1024)
    if not _size(embed) and not embed.get("image") and not embed.get("thumbnail"):
        yield Wrong(path, "BASE_TYPE_REQUIRED", "An embed without anything in it")


def _of_rows(components: list[Json]) -> Iterator[Wrong]:
    yield from number("components", len(components), 0, 5)
    for at, row in enumerate(components):
        path = f"components.{at}"
        if row.get("type") != _ROW:
            yield Wrong(path, "UNION_TYPE_CHOICES", "Value of field 'type' must be 1")
            continue
        yield from _of_row(path, row)


def _of_row(path: str, row: Json) -> Iterator[Wrong]:
    inside = row.get("components") or []
    kinds = {each.get("type") for each in inside}
    if not kinds <= {_BUTTON} | _SELECTS or (kinds & _SELECTS and len(inside) > 1):
        yield Wrong(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A row takes 5 buttons or 1 menu")
    yield from number(f"{path}.components", len(inside), 1, 5)
    for at, each in enumerate(inside):
        yield from _of_component(f"{path}.components.{at}", each)


def _of_component(path: str, each: Json) -> Iterator[Wrong]:
    kind = each.get("type")
    if kind == _BUTTON:
        yield from _of_button(path, each)
    elif kind in _SELECTS:
        yield from length(f"{path}.custom_id", each.get("custom_id"), 1, 100)
        if each.get("placeholder") is not None:
            yield from length(f"{path}.placeholder", each["placeholder"], 0, 150)
        if kind == _SELECT:
            yield from _of_options(path, each.get("options") or [], 25)


def _of_button(path: str, button: Json) -> Iterator[Wrong]:
    if button.get("style") == 5:
        yield from length(f"{path}.url", button.get("url"), 1, 512)
    else:
        yield from length(f"{path}.custom_id", button.get("custom_id"), 1, 100)
    if not button.get("label") and not button.get("emoji"):
        yield Wrong(f"{path}.label", "BASE_TYPE_REQUIRED", "A button needs a label or an emoji")
    if button.get("label") is not None:
        yield from length(f"{path}.label", button["label"], 0, 80)


def _of_options(path: str, options: list[Json], most: int) -> Iterator[Wrong]:
    yield from number(f"{path}.options", len(options), 1, most)
    for at, option in enumerate(options):
        yield from length(f"{path}.options.{at}.label", option.get("label"), 1, 100)
        yield from length(f"{path}.options.{at}.value", option.get("value"), 1, 100)
        if option.get("description") is not None:
            yield from length(f"{path}.options.{at}.description", option["description"], 0, 100)
    values = Counter(option.get("value") for option in options)
    doubled = [value for value, times in values.items() if times > 1]
    if doubled:
        yield Wrong(f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", str(doubled))


def _of_layout(body: Json, components: list[Json]) -> Iterator[Wrong]:
    if body.get("content") or body.get("embeds") or body.get("poll"):
        yield Wrong("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "No content")
    every = walked(components)
    yield from number("components", len(every), 1, 40)
    texts = sum(len(each.get("content") or "") for each in every if each.get("type") == _TEXT)
    if texts > 4000:
        yield Wrong("components", "BASE_TYPE_MAX_LENGTH", f"{texts} characters of text")
    for at, each in enumerate(every):
        if each.get("type") == _ROW:
            yield from _of_row(f"components.{at}", each)


def _of_ids(components: list[Json]) -> Iterator[Wrong]:
    ids = Counter(each["custom_id"] for each in walked(components) if "custom_id" in each)
    for name, times in ids.items():
        if times > 1:
            told = f"Component custom id cannot be duplicated: {name}"
            yield Wrong("components", "COMPONENT_CUSTOM_ID_DUPLICATED", told)


def _of_mentions(allowed: Any) -> Iterator[Wrong]:
    if not allowed:
        return
    for key in ("users", "roles"):
        named = allowed.get(key) or []
        yield from number(f"allowed_mentions.{key}", len(named), 0, 100)
        if named and key in (allowed.get("parse") or []):
            told = f"parse:[{key}] and {key}: [ids] are mutually exclusive."
            yield Wrong("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", told)


def check_modal(modal: Any) -> None:
    """Raises RefusedError for a modal that Discord refuses."""
    check(_of_modal(modal))


def _of_modal(modal: Any) -> Iterator[Wrong]:
    if not isinstance(modal, dict):
        yield Wrong("data", "BASE_TYPE_REQUIRED", "This field is required")
        return
    yield from length("data.title", modal.get("title"), 1, 45)
    yield from length("data.custom_id", modal.get("custom_id"), 1, 100)
    components = modal.get("components") or []
    yield from number("data.components", len(components), 1, 5)
    for at, each in enumerate(components):
        yield from _of_modal_part(f"data.components.{at}", each)
    yield from _of_ids(components)


def _of_modal_part(path: str, each: Json) -> Iterator[Wrong]:
    match each.get("type"):
        case 18:
            yield from length(f"{path}.label", each.get("label"), 1, 45)
            if each.get("description") is not None:
                yield from length(f"{path}.description", each["description"], 0, 100)
            inner = each.get("component") or {}
            if inner.get("type") not in _IN_LABEL:
                yield Wrong(f"{path}.component", "UNION_TYPE_CHOICES", "No such thing in a label")
            yield from _of_field(f"{path}.component", inner)
        case 10:
            yield from length(f"{path}.content", each.get("content"), 1, 4000)
        case 1:
            for inner in each.get("components") or []:
                yield from length(f"{path}.label", inner.get("label"), 1, 45)
                yield from _of_field(path, inner)
        case other:
            yield Wrong(path, "UNION_TYPE_CHOICES", f"{other} can't stand in a modal")


def _of_field(path: str, field: Json) -> Iterator[Wrong]:
    yield from length(f"{path}.custom_id", field.get("custom_id"), 1, 100)
    match field.get("type"):
        case 4:
            most = field.get("max_length") or 4000
            yield from number(f"{path}.max_length", most, 1, 4000)
            yield from number(f"{path}.min_length", field.get("min_length") or 0, 0, most)
            if field.get("value") is not None:
                yield from length(f"{path}.value", field["value"], 0, most)
            if field.get("placeholder") is not None:
                yield from length(f"{path}.placeholder", field["placeholder"], 0, 100)
        case 21 | 22:
            yield from _of_options(path, field.get("options") or [], 10)
            if field["type"] == 21:
                yield from number(f"{path}.options", len(field.get("options") or []), 2, 10)
        case 19:
            yield from number(f"{path}.max_values", field.get("max_values") or 1, 1, 10)
        case kind if kind in _SELECTS:
            yield from _of_component(path, field)


def check_thread(body: Json) -> None:
    """Raises RefusedError for a thread that Discord refuses."""
    check(_of_thread(body))


def _of_thread(body: Json) -> Iterator[Wrong]:
    if "name" in body:
        yield from length("name", body["name"], 1, 100)
    minutes = body.get("auto_archive_duration")
    if minutes is not None and minutes not in _ARCHIVE:
        yield Wrong("auto_archive_duration", "BASE_TYPE_CHOICES", f"one of {sorted(_ARCHIVE)}")


def live_mentions(body: Json, *, is_answer: bool = False) -> list[str]:
    """Mentions in a message that would reach people; answers to interactions reach users only.

    Embeds and menus never reach anybody; content and text displays do.
    """
    shown = [body.get("content") or ""]
    shown += [each["content"] for each in walked(body.get("components") or []) if "content" in each]
    allowed = body.get("allowed_mentions")
    if allowed is None:
        allowed = {"parse": ["users"] if is_answer else ["users", "roles", "everyone"]}
    parse = allowed.get("parse") or []
    users, roles = allowed.get("users") or [], allowed.get("roles") or []
    found = []
    for mention in _MENTION.finditer("\n".join(shown)):
        person, role, _ = mention.groups()
        if person:
            is_live = "users" in parse or person in {str(each) for each in users}
        elif role:
            is_live = "roles" in parse or role in {str(each) for each in roles}
        else:
            is_live = "everyone" in parse
        if is_live:
            found.append(mention.group())
    return found
