"""Sentences come from the catalogue, in the language that was asked for."""

from datetime import UTC, date, datetime

import pytest

from bot.chat.outgoing import (
    Button,
    Buttons,
    Context,
    Divider,
    Fields,
    Message,
    Option,
    Picture,
    Quote,
    Select,
    Text,
)
from bot.chat.wording import clock_time, languages, wording_for

SAY = wording_for("en")


def test_a_key_gives_its_sentence_with_its_gaps_filled() -> None:
    assert SAY("start.welcome", name="Ana") == "Welcome, Ana. You've joined."


def test_what_people_wrote_is_never_read_as_a_gap() -> None:
    assert SAY("start.welcome", name="{name}{0}") == "Welcome, {name}{0}. You've joined."


@pytest.mark.parametrize("key", ["start.welcom", "Start.welcome", "start", "count.stones"])
def test_a_key_without_a_sentence_is_a_defect(key: str) -> None:
    with pytest.raises(LookupError):
        SAY(key)


def test_a_gap_that_nothing_fills_is_a_defect() -> None:
    with pytest.raises(KeyError):
        SAY("start.welcome")


@pytest.mark.parametrize(
    ("number", "sentence"), [(0, "0 stones"), (1, "1 stone"), (2, "2 stones"), (101, "101 stones")]
)
def test_numbers_take_the_right_plural(number: int, sentence: str) -> None:
    assert SAY.count("count.stones", number) == sentence


def test_counting_with_a_key_without_a_plural_is_a_defect() -> None:
    with pytest.raises(LookupError):
        SAY.count("why.kept", 1)


def test_whether_there_is_a_sentence_can_be_asked() -> None:
    assert SAY.has("why.kept")
    assert not SAY.has("why.lost")


def test_every_catalogue_is_a_language() -> None:
    assert languages() == ("en",)


@pytest.mark.parametrize("wanted", ["en", "en-GB", "en_US", "EN", None, "", "xx", "de-DE", "-"])
def test_an_unknown_language_is_answered_in_english(wanted: str | None) -> None:
    assert wording_for(wanted).language == "en"


def test_days_and_moments_are_written_in_words() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert SAY.day(date(2026, 3, 2)) == "Monday, 2 March"
    assert SAY.full_day(date(2026, 3, 2)) == "2 March 2026"
    assert SAY.moment(at, "Asia/Tokyo") == "Monday, 2 March at 18:30"


def test_a_moment_over_midnight_has_the_local_day() -> None:
    at = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert SAY.moment(at, "Europe/Berlin") == "Tuesday, 3 March at 00:30"


@pytest.mark.parametrize(
    ("items", "said"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")],
)
def test_lists_are_spoken(items: list[str], said: str) -> None:
    assert SAY.listing(items).replace(", and", " and") == said


@pytest.mark.parametrize(("minute", "time"), [(0, "00:00"), (570, "09:30"), (1439, "23:59")])
def test_minutes_of_the_day_are_written_as_a_clock_shows_them(minute: int, time: str) -> None:
    assert clock_time(minute) == time


def test_every_kind_of_block_has_a_plain_form() -> None:
    message = Message(
        (
            Text("one\ntwo"),
            Context("quiet"),
            Quote("my\nwords"),
            Fields((("a", "1"), ("b", "2"))),
            Divider(),
            Buttons((Button("Yes", "accept"), Button("No", "decline"))),
            Select("Which", "pick", (Option("A", "a"), Option("B", "b"))),
            Picture("path.png", b"", "A path"),
        )
    )
    assert message.plain().split("\n") == [
        "one",
        "two",
        "quiet",
        "> my",
        "> words",
        "a: 1",
        "b: 2",
        "[Yes]  [No]",
        "Which: A / B",
        "A path",
    ]
