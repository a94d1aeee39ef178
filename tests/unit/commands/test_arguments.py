"""What is written for an argument is read into its type, or refused with the right form."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.identity import AccountRef, PlaceKind, PlaceRef
from bot.chat.wording import wording_for
from bot.commands.arguments import (
    MAX_NAME,
    Argument,
    Arguments,
    Kind,
    Surroundings,
    local_today,
)
from bot.domain.errors import UserError
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.reflection import MAX_TEXT

AROUND = Surroundings(platform="fake", community="town", today=date(2026, 3, 2))


def argument(kind: Kind, *choices: str, lowest: int = 1, highest: int = 60) -> Argument:
    return Argument(name="thing", kind=kind, choices=choices, lowest=lowest, highest=highest)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Kind.TEXT, "  two  spaces\nand a line ", "two  spaces\nand a line"),
        (Kind.WORDS, " every \n weekday  09:30 ", "every weekday 09:30"),
        (Kind.NUMBER, "5", 5),
        (Kind.NUMBER, "007", 7),
        (Kind.ZONE, "europe/berlin", "Europe/Berlin"),
        (Kind.TIME, "9:30", 570),
        (Kind.DAYS, "mon-fri", Weekdays.of(range(5))),
        (Kind.QUIET, "20:00-08:00", QuietHours(1200, 480)),
        (Kind.DATE, "friday", date(2026, 3, 6)),
        (Kind.DURATION, "2 weeks", timedelta(weeks=2)),
        (Kind.PERSON, "@ana", AccountRef("fake", "ana")),
        (Kind.CHANNEL, "#team", PlaceRef("fake", "team", PlaceKind.CHANNEL, "town")),
        (Kind.LIST, "python,  career  change ,python", ("python", "career change")),
        (Kind.LIST, "a,,b,", ("a", "b")),
        (Kind.PEOPLE, "@ana", (AccountRef("fake", "ana"),)),
        (Kind.PEOPLE, "@ana, ben,", (AccountRef("fake", "ana"), AccountRef("fake", "ben"))),
    ],
)
def test_a_value_is_read_into_its_type(kind: Kind, written: str, value: object) -> None:
    assert argument(kind).read(written, AROUND) == value


@pytest.mark.parametrize(
    ("kind", "written", "key"),
    [
        (Kind.NUMBER, "five", "argument.not_a_number"),
        (Kind.NUMBER, "0", "argument.not_a_number"),
        (Kind.NUMBER, "61", "argument.not_a_number"),
        (Kind.NUMBER, "-5", "argument.not_a_number"),
        (Kind.NUMBER, "5.0", "argument.not_a_number"),
        (Kind.NUMBER, "\N{ARABIC-INDIC DIGIT FIVE}", "argument.not_a_number"),
        (Kind.NUMBER, "9" * 200, "argument.not_a_number"),
        (Kind.ZONE, "Mars/Olympus", "zone.unknown"),
        (Kind.ZONE, "berlin", "zone.unknown_near"),
        (Kind.TIME, "25:00", "time.unreadable"),
        (Kind.DAYS, "someday", "days.unreadable"),
        (Kind.QUIET, "20:00", "quiet.unreadable"),
        (Kind.DATE, "31 feb", "date.unreadable"),
        (Kind.DURATION, "400 days", "duration.unreadable"),
        (Kind.PERSON, "ana", "argument.not_a_person"),
        (Kind.PERSON, "@", "argument.not_a_person"),
        (Kind.CHANNEL, "team", "argument.not_a_channel"),
        (Kind.CHANNEL, "#", "argument.not_a_channel"),
        (Kind.LIST, ", ,", "argument.missing"),
        (Kind.PEOPLE, ", ,", "argument.missing"),
        (Kind.PEOPLE, "@ana, @", "argument.not_a_person"),
        (Kind.WORDS, "a" * (MAX_NAME + 1), "argument.too_long"),
        (Kind.TEXT, "a" * (MAX_TEXT + 1), "argument.too_long"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(kind: Kind, written: str, key: str) -> None:
    with pytest.raises(UserError) as caught:
        argument(kind).read(written, AROUND)
    assert caught.value.key == key
    assert wording_for("en")(key, **caught.value.values)


@pytest.mark.parametrize(("kind", "longest"), [(Kind.TEXT, MAX_TEXT), (Kind.WORDS, MAX_NAME)])
def test_the_longest_that_fits_fits(kind: Kind, longest: int) -> None:
    assert argument(kind).read(f" {'a' * longest} ", AROUND) == "a" * longest


@pytest.mark.parametrize("written", ["stepping_stone", "Stepping Stone", "STEPPING-STONE"])
def test_a_choice_is_taken_however_it_is_written(written: str) -> None:
    assert argument(Kind.CHOICE, "values", "stepping_stone").read(written, AROUND) == (
        "stepping_stone"
    )


def test_a_choice_with_a_hyphen_is_taken_with_a_space() -> None:
    assert argument(Kind.CHOICE, "twice-weekly").read("Twice weekly", AROUND) == "twice-weekly"


def test_another_choice_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UserError) as caught:
        argument(Kind.CHOICE, "skill", "proof").read("luck", AROUND)
    assert caught.value.values["choices"] == "skill, proof"


@given(st.sampled_from(Kind), st.text(max_size=300))
def test_anything_written_is_read_or_refused(kind: Kind, written: str) -> None:
    assert said(kind, written) != ""


def said(kind: Kind, written: str) -> str | None:
    """What someone is told who wrote this; None if it was read."""
    try:
        argument(kind, "one", "two").read(written, AROUND)
    except UserError as error:
        return wording_for("en")(error.key, **error.values)
    return None


def test_an_argument_is_asked_for_unless_a_button_brought_another() -> None:
    mentor = Argument(name="mentor", kind=Kind.PERSON, required=True, unless=("membership",))
    assert mentor.is_missing({})
    assert mentor.is_missing({"mentor": "  "})
    assert not mentor.is_missing({"mentor": "@ana"})
    assert not mentor.is_missing({"membership": "3"})
    assert not mentor.is_asked({"membership": "3"})


def test_an_argument_is_required_when_a_button_makes_it_so() -> None:
    text = Argument(name="text", kind=Kind.TEXT, required_with=("delivery",))
    assert not text.is_missing({})
    assert text.is_missing({"delivery": "3"})
    assert not text.is_missing({"delivery": "3", "text": "a"})


def test_nobody_is_asked_for_a_hidden_argument() -> None:
    hidden = Argument(name="delivery", kind=Kind.NUMBER, required=True, hidden=True)
    assert not hidden.is_asked({})
    assert not hidden.is_missing({})


def test_a_value_of_another_type_is_a_defect() -> None:
    args = Arguments({"years": "5", "text": None})
    with pytest.raises(TypeError):
        args.number("years")
    with pytest.raises(TypeError):
        args.text("text")
    with pytest.raises(TypeError):
        args.maybe_date("years")


def test_values_that_are_not_there_are_nothing() -> None:
    args = Arguments({"a": None})
    nothing = [
        args.maybe_text("a"),
        args.maybe_number("a"),
        args.maybe_days("a"),
        args.maybe_quiet("a"),
        args.maybe_date("a"),
        args.maybe_duration("a"),
        args.maybe_person("b"),
    ]
    assert nothing == [None] * len(nothing)
    assert args.listed("a") == ()
    assert args.people("a") == ()


@pytest.mark.parametrize(
    ("zone", "today"),
    [
        (None, date(2026, 3, 2)),
        ("Asia/Tokyo", date(2026, 3, 3)),
        ("America/Lima", date(2026, 3, 2)),
    ],
)
def test_today_is_what_the_own_calendar_shows(zone: str | None, today: date) -> None:
    assert local_today(datetime(2026, 3, 2, 23, tzinfo=UTC), zone) == today
