"""Forms as modals, and what rides along between two of them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import names, steps, submitted
from adapters.discord.modal import to_modal
from adapters.discord.payload import Payload
from adapters.discord.steps import Between, Carried
from adapters.discord.text import PARTING, storable, width
from bot.chat.incoming import FormSubmitted, Person
from bot.chat.outgoing import FieldKind, Form, FormErrors, FormField, Option
from bot.chat.wording import wording_for
from bot.commands.declared import COMMANDS
from tests.unit.discord_adapter.hostile import LIVE, LONG, TEXTS, TURNING, impostor, nobody

Json = dict[str, Any]
ANA, TEAM = "123456789012345678", "223456789012345678"
SAY = wording_for()


def field(name: str = "text", kind: FieldKind = FieldKind.TEXT, **more: Any) -> FormField:
    return FormField(name=name, label=more.pop("label", name.title()), kind=kind, **more)


def form(*fields: FormField, intro: str = "Only you see this.", **more: Any) -> Form:
    given_name = more.pop("name", "why")
    return Form(
        name=given_name, title="Your *why*", intro=intro, fields=fields, submit="Save", **more
    )


def shown(a_form: Form, before: Carried | None = None) -> Json:
    """A form as it is sent."""
    return to_modal(a_form, nobody, before).to_dict()


def inputs(modal: Json) -> list[Json]:
    """The components that can be filled in."""
    return [one["component"] for one in modal["components"] if one["type"] == 18]


def asked(modal: Json) -> list[str]:
    return [one["custom_id"] for one in inputs(modal)]


async def test_a_form() -> None:
    modal = shown(
        form(
            field("text", FieldKind.LONG_TEXT, required=True, hint="in a line", initial="a *b*"),
            field("note", max_length=200),
            hidden=(("delivery", "7"), ("link", "discord:1/2")),
        )
    )
    assert modal == {
        "title": "Your *why*",
        "custom_id": "cairn:~form:.:why:delivery:7:link:discord%3A1/2",
        "components": [
            {"type": 10, "content": "Only you see this."},
            {
                "type": 18,
                "label": "Text",
                "description": "in a line",
                "component": {
                    "type": 4,
                    "style": 2,
                    "label": None,
                    "custom_id": "text",
                    "required": True,
                    "value": "a *b*",
                    "max_length": 4000,
                },
            },
            {
                "type": 18,
                "label": "Note",
                "component": {
                    "type": 4,
                    "style": 1,
                    "label": None,
                    "custom_id": "note",
                    "required": False,
                    "max_length": 200,
                },
            },
        ],
    }


async def test_a_modal_is_not_kept_in_memory() -> None:
    assert to_modal(form(field()), nobody).is_finished()


OPTIONS = (Option("A skill", "skill"), Option("Proof", "proof"))


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (
            field(kind=FieldKind.CHOICE, options=OPTIONS, required=True, initial="proof"),
            {"type": 21, "required": True},
        ),
        (
            field(kind=FieldKind.CHOICE, options=OPTIONS, initial="proof"),
            {"type": 3, "required": False, "min_values": 0, "max_values": 1},
        ),
        (
            field(kind=FieldKind.CHOICES, options=OPTIONS, initial="skill, proof, other"),
            {"type": 22, "required": False, "min_values": 0, "max_values": 2},
        ),
        (field(kind=FieldKind.DATE, initial="next Friday"), {"type": 4, "value": "next Friday"}),
        (field(kind=FieldKind.TIME, initial="09:00"), {"type": 4, "value": "09:00"}),
        (
            field(kind=FieldKind.FILE, required=True),
            {"type": 19, "required": True, "min_values": 1, "max_values": 1},
        ),
        (
            field(kind=FieldKind.PERSON, initial=f"@{ANA}"),
            {"type": 5, "max_values": 1, "default_values": [{"id": int(ANA), "type": "user"}]},
        ),
        (
            field(kind=FieldKind.PEOPLE, initial=f"@{ANA}, @ben"),
            {"type": 5, "max_values": 25, "default_values": [{"id": int(ANA), "type": "user"}]},
        ),
        (
            field(kind=FieldKind.CHANNEL, initial=f"#{TEAM}", required=True),
            {"type": 8, "default_values": [{"id": int(TEAM), "type": "channel"}], "min_values": 1},
        ),
        (field(kind=FieldKind.CHANNEL, initial="#team"), {"type": 8, "required": False}),
        (field(kind=FieldKind.CHOICE), {"type": 4}),
        (
            field(kind=FieldKind.CHOICES, options=tuple(Option(str(n), str(n)) for n in range(26))),
            {"type": 4},
        ),
        (
            field(kind=FieldKind.CHOICES, options=tuple(Option(str(n), str(n)) for n in range(25))),
            {"type": 3, "max_values": 25},
        ),
    ],
)
async def test_kinds_of_fields(one: FormField, wanted: Json) -> None:
    (made,) = inputs(shown(form(one)))
    assert {**made, **wanted} == made


async def test_what_is_chosen_already_is_preset() -> None:
    choice = field(kind=FieldKind.CHOICE, options=OPTIONS, initial="proof")
    several = field("more", FieldKind.CHOICES, options=OPTIONS, initial="skill")
    for component, chosen in zip(
        inputs(shown(form(choice, several))), ("proof", "skill"), strict=True
    ):
        preset = [one["value"] for one in component["options"] if one.get("default")]
        assert preset == [chosen]


# steps


def many(number: int) -> tuple[FormField, ...]:
    return tuple(field(f"f{n}") for n in range(number))


@pytest.mark.parametrize(
    ("number", "parts"),
    [(4, [4]), (5, [3, 2]), (7, [4, 3]), (9, [4, 5]), (10, [4, 3, 3])],
)
async def test_a_long_form_comes_in_parts(number: int, parts: list[int]) -> None:
    values: dict[str, str] = {}
    found: list[int] = []
    while len(values) < number:
        modal = shown(form(*many(number)), Carried(dict(values)) if values else None)
        names_asked = asked(modal)
        found.append(len(names_asked))
        values |= dict.fromkeys(names_asked, "")
        by = submitted.LAST if len(values) == number else submitted.MORE
        assert modal["custom_id"] == f"cairn:~form:{by}:why"
        assert (modal["components"][0]["type"] == 10) is (len(found) == 1)
    assert found == parts


async def test_without_words_above_five_fields_fit() -> None:
    assert len(asked(shown(form(*many(5), intro=" ")))) == 5


async def test_a_file_comes_last() -> None:
    a_form = form(field("file", FieldKind.FILE), *many(5))
    assert asked(shown(a_form)) == ["f0", "f1", "f2"]
    assert asked(shown(a_form, Carried(dict.fromkeys(("f0", "f1", "f2"), "")))) == [
        "f3",
        "f4",
        "file",
    ]


async def test_only_what_was_wrong_is_asked_again_and_a_file() -> None:
    a_form = form(*many(4), field("file", FieldKind.FILE))
    before = Carried({f"f{n}": "x" for n in range(4)}, frozenset(("f1", "f3")))
    modal = shown(a_form, before)
    assert asked(modal) == ["f1", "f3", "file"]
    assert modal["custom_id"] == "cairn:~form:.:why"


async def test_what_was_right_can_be_asked_again_if_nothing_else_is_left() -> None:
    assert asked(shown(form(*many(2)), Carried({"f0": "", "f1": ""}))) == ["f0", "f1"]


async def test_a_long_text_has_several_inputs_that_make_it_again() -> None:
    text = "\n".join(f"line {n} " + "word " * 300 for n in range(5))
    modal = shown(form(field("text", FieldKind.LONG_TEXT, initial=text)))
    assert asked(modal) == ["text", "text~2", "text~3"]
    labels = [one["label"] for one in modal["components"] if one["type"] == 18]
    assert labels == ["Text (1)", "Text (2)", "Text (3)"]
    sent = {
        "components": [
            {"component": {**one, "value": one["value"].strip()}} for one in inputs(modal)
        ]
    }
    (joined,) = submitted.form_values(Payload(sent)).values()
    assert joined.split() == text.split()


async def test_what_no_modal_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="more than a modal"):
        to_modal(form(field(), hidden=(("link", "x" * 90),)), nobody)
    with pytest.raises(ValueError, match="more than a modal"):
        to_modal(form(field(initial="word " * 5000)), nobody)


async def test_a_form_of_nothing_still_says_what_it_is() -> None:
    assert shown(form(intro=""))["components"] == [{"type": 10, "content": r"Your \*why\*"}]


async def test_every_form_of_the_table_is_called_in_full() -> None:
    for command in COMMANDS:
        assert len(SAY(f"command.{command.name}.title")) <= 45
        for argument in command.arguments:
            hint = f"hint.{argument.name}"
            if not argument.hidden:
                assert len(SAY(f"argument.{argument.name}")) <= 45
                assert not SAY.has(hint) or len(SAY(hint)) <= 100


# between two modals


def event(values: dict[str, str], **more: Any) -> FormSubmitted:
    return FormSubmitted(
        event_id="1",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        actor=Person(names.account(ANA)),
        place=names.direct(TEAM),
        name="mentor offer",
        values=values,
        **more,
    )


def again(between: Between) -> discord.Message:
    """What Discord brings back with a press on this message."""
    embeds = [discord.Embed.from_dict(embed.to_dict()) for embed in between.embeds]
    return cast("discord.Message", SimpleNamespace(embeds=embeds))


def test_what_was_typed_rides_along() -> None:
    values = {"topics": "*python*, @everyone", "capacity": "", "note": "a\n\n```b```` c"}
    between = steps.go_on(event(values, hidden={"request": "7"}), SAY)
    assert steps.carried(again(between)) == Carried(values)
    assert between.button is not None
    assert between.button.custom_id == "cairn:~form:=:mentor offer:request:7"
    assert between.embeds[0].description == (
        "Topics\n```topics\n*python*, @everyone\n```\n"
        "Mentees at once\n```capacity\n\n```\n"
        f"Note\n```note\na\n\n``{PARTING}`b``{PARTING}`` c\n```"
    )


async def test_what_stands_between_is_not_kept_and_outlives_the_process() -> None:
    view = steps.go_on(event({}), SAY).view()
    assert view is not None
    assert view.is_finished()
    assert view.is_persistent()


def test_what_is_wrong_is_told_and_marked() -> None:
    errors = FormErrors((("capacity", "I can't use *x y* for <@1>."), ("", "And this.")))
    between = steps.correct(event({"topics": "git", "capacity": "x y"}), errors, SAY)
    assert between.content == (
        f"{SAY('form.correct')}\nI can't use **x y** for <{PARTING}@1>.\nAnd this."
    )
    assert steps.carried(again(between)) == Carried(
        {"capacity": "x y", "topics": "git"}, frozenset(("capacity",))
    )


def test_words_that_no_message_can_carry_are_given_back_in_a_file() -> None:
    between = steps.go_on(event({"topics": "a" * 4000, "note": "b" * 3000}), SAY)
    assert between.embeds == ()
    assert between.button is None
    (file,) = between.files
    assert file.content == f"Topics:\n{'a' * 4000}\n\nNote:\n{'b' * 3000}".encode()
    assert SAY("form.words_in_file") in between.content


def test_a_message_of_another_kind_carries_nothing() -> None:
    embeds = [discord.Embed(title="x"), discord.Embed(description="```x```")]
    other = cast("discord.Message", SimpleNamespace(embeds=embeds))
    assert steps.carried(other) == steps.carried(None) == Carried()


def test_words_are_given_back() -> None:
    assert steps.words_back("Not kept.", "why\n<@1> *x*") == (
        f"Not kept.\n> why\n> <{PARTING}@1> \\*x\\*"
    )
    assert steps.words_back("Not kept.", " ") == "Not kept."
    assert 1990 <= len(steps.words_back("Not kept.", "*" * 4000)) <= 2000
    back = steps.given_back(event({"topics": "git"}), SAY, "Not *kept*.")
    assert back.content == "Not **kept**."
    assert steps.carried(again(back)).values == {"topics": "git"}


NAMES = st.sampled_from(["topics", "capacity", "note", "for", "not_with", "text"])


@given(st.dictionaries(NAMES, LONG.map(storable), max_size=5), st.sets(NAMES))
def test_whatever_was_typed_comes_back_or_is_in_the_file(
    values: dict[str, str], wrong: set[str]
) -> None:
    errors = FormErrors(tuple((name, "No.") for name in sorted(wrong)))
    between = steps.correct(event(values), errors, SAY)
    check_between(between)
    if between.files:
        return
    back = steps.carried(again(between))
    if not any(f"``{PARTING}" in value for value in values.values()):
        assert back.values == values
    assert back.wrong == wrong & values.keys()


def check_between(between: Between) -> None:
    assert 0 < width(between.content) <= 2000
    assert not LIVE.search(between.content)
    assert len(between.embeds) <= 10
    assert sum(len(embed) for embed in between.embeds) <= 6000
    assert all(width(embed.description or "") <= 4096 for embed in between.embeds)


FIELDS = st.builds(
    FormField,
    name=st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    label=TEXTS,
    kind=st.sampled_from(FieldKind),
    required=st.booleans(),
    hint=TEXTS,
    initial=LONG,
    options=st.lists(st.builds(Option, TEXTS, TEXTS), max_size=30).map(tuple),
)
FORMS = st.builds(
    Form,
    name=st.sampled_from(["why", "mentor offer"]),
    title=TEXTS,
    intro=LONG,
    fields=st.lists(FIELDS, max_size=9, unique_by=lambda one: one.name).map(tuple),
    submit=TEXTS,
    hidden=st.lists(st.tuples(st.just("delivery"), st.just("7")), max_size=1).map(tuple),
)


@settings(max_examples=60)
@given(FORMS)
async def test_any_form_fits(a_form: Form) -> None:
    if any(width(storable(one.initial)) > 12_000 for one in a_form.fields):
        return
    modal = to_modal(a_form, impostor).to_dict()
    assert 0 < width(modal["title"]) <= 45
    assert 0 < width(modal["custom_id"]) <= 100
    assert 1 <= len(modal["components"]) <= 5
    ids = asked(modal)
    assert len(set(ids)) == len(ids)
    for one in modal["components"]:
        if one["type"] == 10:
            assert not LIVE.search(one["content"])
            assert 0 < width(one["content"]) <= 4000
            continue
        assert 0 < width(one["label"]) <= 45
        assert 0 < width(one.get("description") or "x") <= 100
        assert not TURNING.search(one["label"])
        check_input(one["component"])


def check_input(one: Json) -> None:
    assert 0 < width(one["custom_id"]) <= 100
    match one["type"]:
        case 4:
            assert 1 <= one["max_length"] <= 4000
            assert width(one.get("value") or "") <= one["max_length"]
        case 21:
            assert 2 <= len(one["options"]) <= 10
        case 22:
            assert 1 <= len(one["options"]) <= 10
        case 3:
            assert 1 <= len(one["options"]) <= 25
    for option in one.get("options") or ():
        assert 0 < width(option["label"]) <= 100
        assert 0 < width(option["value"]) <= 100
