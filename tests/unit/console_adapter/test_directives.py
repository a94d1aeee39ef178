"""Reading one typed line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console.directives import (
    LONGEST_LINE,
    READERS,
    As,
    Attach,
    Command,
    Delete,
    Directive,
    Dm,
    Edit,
    Fill,
    Help,
    History,
    In,
    Menu,
    Press,
    Quit,
    React,
    Reply,
    Say,
    Submit,
    Unreadable,
    Wait,
    read,
)
from adapters.console.sentences import HELP


@pytest.mark.parametrize(
    ("line", "directive"),
    [
        ("good morning", Say("good morning")),
        ("  :wait is said like this", Say(":wait is said like this")),
        (":) well", Say(":) well")),
        (":tada: we did it", Say(":tada: we did it")),
        ("/cairn", Command("")),
        ("/cairn  status ", Command("status")),
        ("/cairn\tstatus", Command("status")),
        ('/cairn mentor offer topics="a  b"', Command('mentor offer topics="a  b"')),
        (":as ana", As("ana")),
        (":as @Ana", As("ana")),
        (":in #team", In("team")),
        (":in books", In("books")),
        (":dm", Dm()),
        (":press 2", Press(2)),
        (":press [2]", Press(2)),
        (":fill text=a = b", Fill("text", "a = b")),
        (":fill text =", Fill("text", "")),
        (":submit", Submit()),
        (":reply Alex did", Reply("Alex did")),
        (":react heart", React("heart")),
        (":react :heart:", React("heart")),
        (":menu Not for me", Menu("not_for_me")),
        (":attach a b.json", Attach("a b.json")),
        (":edit new words", Edit("new words")),
        (":delete", Delete()),
        (":wait 3d", Wait(length=timedelta(days=3))),
        (":wait 30m", Wait(length=timedelta(minutes=30))),
        (":WAIT 1w 2 days", Wait(length=timedelta(days=9))),
        (":wait 400d", Wait(length=timedelta(days=400))),
        (":wait until 2026-03-09 09:00", Wait(until=datetime(2026, 3, 9, 9, tzinfo=UTC))),
        (":wait until 2026-03-09T09:00", Wait(until=datetime(2026, 3, 9, 9, tzinfo=UTC))),
        (":history", History(10)),
        (":history 3", History(3)),
        (":help", Help()),
        (":quit", Quit()),
    ],
)
def test_lines_that_are_understood(line: str, directive: Directive) -> None:
    assert read(line) == directive


@pytest.mark.parametrize(
    "line",
    [
        "/help",
        "/cairn-admin nudge list",
        "/",
        ":as",
        ":as " + "a" * 33,
        ":as anä",
        ":as a b",
        ":in #",
        ":in a b",
        ":dm ana",
        ":press",
        ":press first",
        ":press ²",
        ":press 99999",
        ":fill text",
        ":fill =x",
        ":fill=x",
        ":reply",
        ":reply ",
        ":react",
        ":react a b",
        ":menu",
        ":attach",
        ":edit",
        ":wait",
        ":wait soon",
        ":wait -3d",
        ":wait 3 months",
        ":wait 999999w 999999w",
        ":wait until 2026-02-30 09:00",
        ":wait until tomorrow",
        ":history 0",
        ":history all",
        ":wait3d",
        "x" * (LONGEST_LINE + 1),
    ],
)
def test_lines_that_are_not(line: str) -> None:
    directive = read(line)
    assert isinstance(directive, Unreadable)
    assert directive.reason.endswith(".")


def test_an_unknown_word_names_the_closest() -> None:
    directive = read(":histroy 3")
    assert isinstance(directive, Unreadable)
    assert ":history" in directive.reason


def test_help_lists_every_directive() -> None:
    listed = {line.split()[0].removeprefix(":") for line in HELP if line.startswith(":")}
    assert listed == set(READERS)


WORDS = st.sampled_from(sorted(READERS))
LINES = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Nd", "Zs", "Lu"])),
    st.builds(":{} {}".format, WORDS, st.text()),
    st.builds("/cairn {}".format, st.text()),
)


@given(LINES)
def test_any_line_can_be_read_and_stored(line: str) -> None:
    directive = read(line)
    stored = repr(directive).encode() + str(getattr(directive, "text", "")).encode()
    assert b"\x00" not in stored


@given(st.integers(0, 999_999), st.sampled_from("mhdw"))
def test_any_length_of_waiting_is_exact_or_refused(number: int, unit: str) -> None:
    minutes = number * {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit]
    directive = read(f":wait {number}{unit}")
    if minutes <= 400 * 1440:
        assert directive == Wait(length=timedelta(minutes=minutes))
    else:
        assert isinstance(directive, Unreadable)
