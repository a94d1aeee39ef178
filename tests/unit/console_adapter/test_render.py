"""Messages and forms as lines that are safe to show."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console.memory import TEAM, Entry, direct
from adapters.console.render import (
    choices,
    clean,
    echo,
    entry_lines,
    error_lines,
    form_lines,
    message_lines,
    note,
    prefix,
)
from bot.chat.identity import MessageRef
from bot.chat.outgoing import (
    Block,
    Button,
    Buttons,
    Context,
    Divider,
    FieldKind,
    Fields,
    Form,
    FormErrors,
    FormField,
    Message,
    Option,
    Picture,
    Quote,
    Select,
    Text,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PREFIX = re.compile(r"2026-03-02 09:30 (#team|dm ben) \| ")


def test_every_kind_of_block() -> None:
    message = Message(
        (
            Text("Who had\nan easier day?"),
            Select("Zone", "zone", (Option("Here", "a"), Option("There", "b"))),
            Buttons((Button("Answer", "answer"), Button("Skip", "skip"))),
            Quote("I\nam here"),
            Fields((("Next", "Monday"),)),
            Divider(),
            Picture("p.png", b"", "Three stones."),
            Context("Only you."),
        )
    )
    assert message_lines(message, ("saved: out/p.png",)) == [
        "Who had",
        "an easier day?",
        "Zone: [3] Here  [4] There",
        "[1] Answer  [2] Skip",
        "> I",
        "> am here",
        "Next: Monday",
        "---",
        "[picture] Three stones.",
        "Only you.",
        "saved: out/p.png",
    ]


def test_prefix_and_echo() -> None:
    assert prefix(AT, TEAM) == "2026-03-02 09:30 #team | "
    assert prefix(AT, direct("ben")) == "2026-03-02 09:30 dm ben | "
    assert echo(AT, TEAM, "ben", "hi") == "2026-03-02 09:30 #team ben> hi"
    assert echo(AT, direct("ben"), "ben", "hi") == "2026-03-02 09:30 dm ben> hi"


@pytest.mark.parametrize(
    "text",
    ["\x1b[31mred", "\x9b31m", "a\x00b", "\x07", "a\rb", "\u202eevil", "\u2066a\u2069", "\ud800"],
)
def test_what_could_steer_a_terminal_is_replaced(text: str) -> None:
    assert not any(character in clean(text) for character in "\x1b\x9b\x00\x07\r\u202e\u2066\ud800")
    assert "\N{REPLACEMENT CHARACTER}" in clean(text)


@pytest.mark.parametrize("text", ["čeština", "שלום", "👩‍🌾", "한국어", "नमस्ते"])
def test_every_script_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_several_values_of_a_form() -> None:
    form = Form(
        name="stone",
        title="A stone",
        intro="Yours.\nAlone.",
        fields=(
            FormField(name="text", label="Text", kind=FieldKind.LONG_TEXT, hint="a line"),
            FormField(
                name="kinds",
                label="Kinds",
                kind=FieldKind.CHOICES,
                options=(Option("skill", "skill"), Option("Knowledge", "known")),
            ),
        ),
        submit="Lay it",
    )
    assert form_lines(form, {"text": "one\ntwo"}) == [
        "A stone",
        "Yours.",
        "Alone.",
        "  field text: Text (a line)  = one / two",
        "  field kinds: Kinds  =",
        "    any of, with commas: skill, known (Knowledge)",
        "Fill it in with :fill text=..., then :submit (Lay it). A line with / leaves it.",
    ]


def test_a_form_that_wants_only_a_file_says_how_to_attach_it() -> None:
    field = FormField(name="file", label="Export file", kind=FieldKind.FILE, required=True)
    form = Form(name="import", title="Import", intro="", fields=(field,), submit="Save")
    assert form_lines(form, {})[-1].startswith(
        "Add the file with :attach FILE, then :submit (Save)"
    )


def test_a_form_without_fields_is_only_sent() -> None:
    form = Form(name="go", title="Go?", intro="", fields=(), submit="Go")
    assert form_lines(form, {})[-1].startswith("There is nothing to fill in: :submit (Go)")


NASTY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cs"]),
        st.sampled_from("\x1b\x9b\u202e\n\r"),
    ),
    max_size=30,
)
OPTIONS = st.lists(st.builds(Option, NASTY, NASTY), max_size=3).map(tuple)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Text, NASTY),
    st.builds(Context, NASTY),
    st.builds(Quote, NASTY),
    st.builds(Fields, st.lists(st.tuples(NASTY, NASTY), max_size=3).map(tuple)),
    st.builds(Buttons, st.lists(st.builds(Button, NASTY, NASTY), max_size=3).map(tuple)),
    st.builds(Select, NASTY, NASTY, OPTIONS),
    st.builds(Picture, NASTY, st.just(b""), NASTY),
    st.just(Divider()),
)
MESSAGES = st.builds(Message, st.lists(BLOCKS, max_size=5).map(tuple))
FORMS = st.builds(
    Form,
    name=NASTY,
    title=NASTY,
    intro=NASTY,
    fields=st.lists(
        st.builds(
            FormField,
            name=NASTY,
            label=NASTY,
            kind=st.sampled_from(FieldKind),
            hint=NASTY,
            initial=NASTY,
            options=OPTIONS,
        ),
        max_size=3,
    ).map(tuple),
    submit=NASTY,
)


def assert_safe(lines: list[str]) -> None:
    for line in lines:
        kinds = {unicodedata.category(character) for character in line}
        assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert line.splitlines() in ([line], [])


@given(MESSAGES, st.lists(NASTY, max_size=2))
def test_no_line_of_a_message_can_steer_the_terminal(message: Message, files: list[str]) -> None:
    assert_safe(message_lines(message, files))


@given(FORMS, st.dictionaries(NASTY, NASTY), st.lists(st.tuples(NASTY, NASTY)).map(tuple))
def test_no_line_of_a_form_can_steer_the_terminal(
    form: Form, values: dict[str, str], errors: tuple[tuple[str, str], ...]
) -> None:
    initial = {field.name: field.initial for field in form.fields}
    assert_safe(form_lines(form, {**initial, **values}))
    assert_safe(error_lines(FormErrors(errors)))


@given(NASTY)
def test_no_typed_line_can_steer_the_terminal_or_look_like_cairn(typed: str) -> None:
    lines = [echo(AT, TEAM, "ben", typed), note(typed)]
    assert_safe(lines)
    assert not any(PREFIX.match(line) for line in lines)


@given(st.one_of(MESSAGES, NASTY), st.sampled_from([TEAM, direct("ben")]))
def test_every_earlier_line_is_prefixed_and_indented(content: Message | str, place: object) -> None:
    ref = MessageRef(TEAM if place == TEAM else direct("ben"), "m1")
    if isinstance(content, str):
        lines = entry_lines(Entry(ref=ref, at=AT, author="ben", text=content))
        assert all("ben>   " in line for line in lines)
        assert not any(PREFIX.match(line) for line in lines)
    else:
        lines = entry_lines(Entry(ref=ref, at=AT, message=content))
        assert all(PREFIX.match(line) and " |   " in line for line in lines)
    assert_safe(lines)


@given(MESSAGES)
def test_every_choice_has_its_number_shown(message: Message) -> None:
    numbered = choices(message)
    assert [choice.number for choice in numbered] == list(range(1, len(numbered) + 1))
    shown = "\n".join(message_lines(message))
    assert all(f"[{choice.number}] {clean(choice.label)}" in shown for choice in numbered)
