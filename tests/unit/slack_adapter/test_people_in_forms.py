"""People and channels chosen in a form."""

import pytest

from adapters.slack import names
from adapters.slack.inbound import to_told
from adapters.slack.modal import to_modal
from bot.chat.incoming import FormSubmitted
from bot.chat.outgoing import FieldKind, Form, FormField
from tests.unit.slack_adapter.hostile import check_view, nobody
from tests.unit.slack_adapter.payloads import AT, submitted


@pytest.mark.parametrize(
    ("kind", "initial", "element", "sent"),
    [
        (
            FieldKind.PERSON,
            "@T1/U1",
            {"type": "users_select", "initial_user": "U1"},
            {"type": "users_select", "selected_user": "U1"},
        ),
        (
            FieldKind.PEOPLE,
            "@T1/U1, @T1/W2",
            {"type": "multi_users_select", "initial_users": ["U1", "W2"]},
            {"type": "multi_users_select", "selected_users": ["U1", "W2"]},
        ),
        (
            FieldKind.CHANNEL,
            "#T1/C1",
            {
                "type": "conversations_select",
                "filter": {"include": ["public", "private"]},
                "initial_conversation": "C1",
            },
            {"type": "conversations_select", "selected_conversation": "C1"},
        ),
    ],
)
def test_who_is_chosen_comes_back_as_they_went_out(
    kind: FieldKind, initial: str, element: dict[str, object], sent: dict[str, object]
) -> None:
    field = FormField(name="who", label="Who", kind=kind, initial=initial)
    form = Form(name="why", title="Who", intro="", fields=(field,), submit="Send")
    place = names.direct("T1", "U1")
    view = to_modal(form, place, None, nobody)
    check_view(view)
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    assert blocks[0]["element"] == {**element, "action_id": "who"}
    told = to_told(submitted(str(view["private_metadata"]), {"who": {"who": sent}}), AT)
    assert isinstance(told, FormSubmitted)
    assert told.values == {"who": initial}


@pytest.mark.parametrize("kind", [FieldKind.PERSON, FieldKind.PEOPLE, FieldKind.CHANNEL])
def test_what_names_nobody_is_not_preset(kind: FieldKind) -> None:
    field = FormField(name="who", label="Who", kind=kind, initial="@ana #team")
    form = Form(name="why", title="Who", intro="", fields=(field,), submit="Send")
    view = to_modal(form, names.direct("T1", "U1"), None, nobody)
    check_view(view)
    assert "initial" not in str(view)
