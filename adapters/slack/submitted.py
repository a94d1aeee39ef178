"""What came back of a form: its values, its file, and what it was given to hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from adapters.slack import names
from adapters.slack.payload import Payload, from_json
from adapters.slack.text import storable
from bot.chat.identity import PlaceKind, PlaceRef

FORM = "cairn:form"
"""The callback id of every form of Cairn's."""

_FURTHER_PART = re.compile(r"(.+)~([0-9]{1,3})", re.DOTALL)
_PLACE = re.compile(r"([A-Za-z0-9]{1,64})/[A-Za-z0-9+]{1,500}")
_KINDS: Mapping[str, PlaceKind] = {kind.value: kind for kind in PlaceKind}


@dataclass(frozen=True, slots=True)
class Held:
    """What a form held: which it is, its hidden values, where and how to answer."""

    form: str
    hidden: Mapping[str, str]
    place: PlaceRef | None
    ticket: str


def held(view: Payload, team: str) -> Held | None:
    """What a view of Cairn's held; None if it is no form of Cairn's."""
    metadata = from_json(view["private_metadata"].text)
    form = storable(metadata["form"].text)
    if view["callback_id"].text != FORM or not form:
        return None
    return Held(
        form,
        {
            storable(name): storable(value.text)
            for name, value in metadata["hidden"].items()
            if isinstance(value.value, str)
        },
        _place(metadata, team),
        metadata["ticket"].text,
    )


def _place(metadata: Payload, team: str) -> PlaceRef | None:
    found = _PLACE.fullmatch(metadata["place"].text)
    kind = _KINDS.get(metadata["place_kind"].text)
    if found is None or kind is None or found[1] != team:
        return None
    return names.place(team, names.slack_id(found[0]), kind)


def form_values(view: Payload, team: str) -> Mapping[str, str]:
    """The value of every field but files, by name; a long text's parts are joined."""
    values: dict[str, str] = {}
    further: dict[str, list[tuple[int, str]]] = {}
    for name, element in _elements(view):
        read = _READERS.get(element["type"].text)
        if read is None:
            continue
        value = storable(read(element, team))
        part = _FURTHER_PART.fullmatch(name)
        if part:
            further.setdefault(part[1], []).append((int(part[2]), value))
        else:
            values[name] = value
    for name, parts in further.items():
        values[name] = values.get(name, "") + "".join(value for _, value in sorted(parts))
    return values


def first_file(view: Payload) -> tuple[str, str, int] | None:
    """The name, address and size of the file that came with a form."""
    for _, element in _elements(view):
        for file in element["files"].each():
            name, url, size = file["name"].text, file["url_private_download"].text, file["size"]
            if url and isinstance(size.value, int):
                return storable(name), url, int(size.value)
    return None


def _elements(view: Payload) -> Iterator[tuple[str, Payload]]:
    for block_id, block in view["state"]["values"].items():
        for _, element in block.items():
            yield storable(block_id), element


def _typed(element: Payload, _team: str) -> str:
    return element["value"].text


def _chosen(element: Payload, _team: str) -> str:
    return element["selected_option"]["value"].text


def _all_chosen(element: Payload, _team: str) -> str:
    values = (option["value"].text for option in element["selected_options"].each())
    return ",".join(filter(None, values))


def _reference(mark: str, key: str) -> Callable[[Payload, str], str]:
    def read(element: Payload, team: str) -> str:
        chosen = element[key].id
        return f"{mark}{team}/{chosen}" if chosen else ""

    return read


def _all_people(element: Payload, team: str) -> str:
    return ", ".join(f"@{team}/{user.id}" for user in element["selected_users"].each() if user.id)


_READERS: Mapping[str, Callable[[Payload, str], str]] = {
    "plain_text_input": _typed,
    "static_select": _chosen,
    "external_select": _chosen,
    "radio_buttons": _chosen,
    "multi_static_select": _all_chosen,
    "checkboxes": _all_chosen,
    "datepicker": lambda element, _team: element["selected_date"].text,
    "timepicker": lambda element, _team: element["selected_time"].text,
    "users_select": _reference("@", "selected_user"),
    "multi_users_select": _all_people,
    "channels_select": _reference("#", "selected_channel"),
    "conversations_select": _reference("#", "selected_conversation"),
}
