"""Any form is a modal within Slack's limits, and comes back as it was filled in."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import names
from adapters.slack.inbound import to_told
from adapters.slack.modal import form_errors, kept_back, suggestions, to_modal
from adapters.slack.text import storable
from bot.chat.incoming import FormSubmitted
from bot.chat.outgoing import FieldKind, Form, FormErrors, FormField, Option
from tests.unit.slack_adapter.hostile import (
    LONG,
    TEXTS,
    Json,
    check_marked,
    check_view,
    impostor,
    nobody,
)
from tests.unit.slack_adapter.payloads import AT, submitted

PLACE = names.direct("T1", "U1")
VALUES = st.one_of(TEXTS, LONG, st.sampled_from(["2026-03-02", "2026-02-31", "09:30", "24:00"]))


@st.composite
def forms(draw: st.DrawFn) -> Form:
    count = draw(st.integers(0, 6))
    fields = tuple(
        FormField(
            name=f"field{number}",
            label=draw(TEXTS),
            kind=draw(st.sampled_from(FieldKind)),
            required=draw(st.booleans()),
            hint=draw(TEXTS),
            initial=draw(VALUES),
            options=tuple(
                Option(draw(TEXTS), draw(st.one_of(TEXTS, LONG)))
                for _ in range(draw(st.integers(0, 4)))
            ),
            max_length=draw(st.integers(1, 40_000)),
        )
        for number in range(count)
    )
    return Form(
        name="why",
        title=draw(TEXTS),
        intro=draw(st.one_of(TEXTS, LONG)),
        fields=fields,
        submit=draw(TEXTS),
        hidden=(("text", draw(TEXTS)),),
    )


@given(forms())
def test_any_form_is_within_limits(form: Form) -> None:
    view = to_modal(form, PLACE, "https://hooks.slack.com/x", impostor)
    check_view(view)
    assert len(str(view["private_metadata"])) <= 3000


@given(st.lists(st.one_of(TEXTS, LONG), min_size=1, max_size=4))
def test_what_stands_in_a_text_field_comes_back_as_it_was(texts: list[str]) -> None:
    fields = tuple(
        FormField(name=f"f{n}", label="Text", kind=FieldKind.LONG_TEXT, initial=text)
        for n, text in enumerate(texts)
    )
    form = Form(name="why", title="Why", intro="", fields=fields, submit="Save")
    told = sent_back(to_modal(form, PLACE, None, nobody))
    assert dict(told.values) == {f"f{n}": storable(text) for n, text in enumerate(texts)}
    assert told.place == PLACE


def sent_back(view: Json, changes: Mapping[str, str] | None = None) -> FormSubmitted:
    """A view submitted as it opened, text fields only."""
    values = {}
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    for block in blocks:
        if block["type"] == "input":
            name, element = block["block_id"], block["element"]
            typed = (changes or {}).get(name, element.get("initial_value", ""))
            values[name] = {element["action_id"]: {"type": element["type"], "value": typed}}
    told = to_told(submitted(str(view["private_metadata"]), values), AT)
    assert isinstance(told, FormSubmitted)
    return told


def test_what_no_modal_can_hold_is_an_error() -> None:
    form = Form(
        name="why", title="Why", intro="", fields=(), submit="Save", hidden=(("a", "x" * 3000),)
    )
    with pytest.raises(ValueError, match="too long"):
        to_modal(form, PLACE, None, nobody)


VIEW = {
    "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": "Read this"}},
        {"type": "input", "block_id": "time"},
        {"type": "input", "block_id": "zone"},
    ]
}


def test_errors_stand_beside_their_fields_and_others_below_the_first() -> None:
    errors = FormErrors((("zone", "No *such* zone."), ("", "Nothing was kept."), ("days", "No.")))
    assert form_errors(errors, VIEW) == {
        "zone": "No such zone.",
        "time": "Nothing was kept. No.",
    }


def test_a_form_without_inputs_has_no_place_for_errors() -> None:
    assert form_errors(FormErrors((("", "No."),)), {"blocks": []}) == {}


@given(st.lists(st.tuples(st.sampled_from(["time", "zone", "x"]), LONG), max_size=5))
def test_errors_are_within_limits(errors: list[tuple[str, str]]) -> None:
    for sentence in form_errors(FormErrors(tuple(errors)), VIEW).values():
        assert len(sentence) <= 2000


@given(st.lists(st.builds(Option, TEXTS, TEXTS), max_size=150))
def test_suggestions_are_within_limits(options: list[Option]) -> None:
    shown = suggestions(options)["options"]
    assert isinstance(shown, list)
    assert len(shown) <= 100
    for one in shown:
        assert 0 < len(one["value"]) <= 150
        assert 0 < len(one["text"]["text"]) <= 75


@given(TEXTS)
def test_words_given_back_are_not_live(words: str) -> None:
    check_marked(kept_back("Not kept.", words))
