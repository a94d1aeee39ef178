"""Typed commands are read as they were meant, or refused with a sentence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.declared import COMMANDS, COMMANDS_BY_NAME
from bot.commands.reader import LONGEST, find_command, read_arguments
from bot.domain.errors import UserError


def read(words: str) -> tuple[str, dict[str, str]]:
    command, rest = find_command(words, COMMANDS)
    return command.name, read_arguments(rest, command)


def read_or_refused(words: str) -> tuple[str, set[str]]:
    """The command and the names of what was written for it, or the error's key and nothing."""
    try:
        name, written = read(words)
    except UserError as error:
        return error.key, set()
    return name, {*written}


def refusal(words: str) -> UserError:
    with pytest.raises(UserError) as caught:
        read(words)
    return caught.value


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("status", "status"),
        ("  STATUS  ", "status"),
        ("Mentor Offer topics=a", "mentor offer"),
        ("mentor\n offer topics=a", "mentor offer"),
        ("admin nudge list", "admin nudge list"),
        ("", "help"),
        (" \n\t", "help"),
    ],
)
def test_the_longest_name_that_fits_is_the_command(words: str, name: str) -> None:
    assert read(words)[0] == name


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("statsu", "status"),
        ("pausee", "pause"),
        ('"status"', "status"),
        ("refelct on it", "reflect"),
        ("mentr offer topics=a", "mentor offer"),
        ("setings time=9", "settings"),
    ],
)
def test_a_slip_is_answered_with_what_is_near(words: str, near: str) -> None:
    error = refusal(words)
    assert (error.key, error.values["near"]) == ("command.unknown_near", near)


@pytest.mark.parametrize("words", ["xyzzy", "?", "1", "=", "x" * LONGEST])
def test_what_is_near_nothing_is_named_in_short(words: str) -> None:
    error = refusal(words)
    assert error.key == "command.unknown"
    assert words.lower().startswith(str(error.values["said"]))
    assert len(str(error.values["said"])) <= 40


@pytest.mark.parametrize("words", ["mentor", "mentor ofer"])
def test_an_unfinished_group_lists_what_is_in_it(words: str) -> None:
    error = refusal(words)
    inside = [command.name for command in COMMANDS if command.name.startswith("mentor ")]
    assert (error.key, error.values["commands"]) == ("command.unfinished", ", ".join(inside))


def test_an_unfinished_group_in_a_group_lists_it_too() -> None:
    assert "admin nudge add" in str(refusal("admin nudge").values["commands"])


def test_too_much_at_once_is_refused() -> None:
    error = refusal("why " + "a" * LONGEST)
    assert (error.key, error.values["limit"]) == ("command.too_long", LONGEST)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("settings zone=Asia/Tokyo time=09:00", {"zone": "Asia/Tokyo", "time": "09:00"}),
        ('pause until="next friday"', {"until": "next friday"}),
        ("pause until=“next friday”", {"until": "next friday"}),
        ('pause until=""', {"until": ""}),
        ("pause until=", {"until": ""}),
        ("pause 2w", {"for": "2w"}),
        ("pause 2w until=friday", {"for": "2w", "until": "friday"}),
        ('pause "2 weeks"', {"for": "2 weeks"}),
        ("pause 2 weeks", {"for": "2 weeks"}),
        ("pause for 2 weeks", {"for": "2 weeks"}),
        ("pause Until next friday", {"until": "next friday"}),
        ('pause until "next friday"', {"until": "next friday"}),
        ("pause until", {"for": "until"}),
        ("pause until=friday 2 weeks", {"until": "friday", "for": "2 weeks"}),
        ('settings zone=a"b c"d', {"zone": 'a"b c"d'}),
        ("vision 5 my own shop", {"years": "5", "text": "my own shop"}),
        ("vision years=5 my own shop", {"years": "5", "text": "my own shop"}),
        ("vision my-own years=5", {"text": "my-own", "years": "5"}),
        ("mentor request @ana note=hello", {"mentor": "@ana", "note": "hello"}),
        ("mentor request @ana hello there", {"mentor": "@ana", "note": "hello there"}),
        ("mentor request note=hello, @ana", {"mentor": "@ana", "note": "hello,"}),
        (
            'mentor offer topics="python, writing" capacity=2',
            {"topics": "python, writing", "capacity": "2"},
        ),
        (
            "mentor offer python, career change capacity=2",
            {"topics": "python, career change", "capacity": "2"},
        ),
        ("mentor offer topics=python, writing", {"topics": "python, writing"}),
        ("mentor offer topics=python, writing, kilns", {"topics": "python, writing, kilns"}),
        ("mentor find python, writing", {"topics": "python, writing"}),
        (
            'mentor find topics=python, writing for="a new start"',
            {"topics": "python, writing", "for": "a new start"},
        ),
        (
            "mentor find not_with=@ana, @dan python, writing",
            {"not_with": "@ana, @dan", "topics": "python, writing"},
        ),
        ("mentor find topics=python, for=work", {"topics": "python,", "for": "work"}),
        (
            'admin nudge add channel=#team when="every weekday 09:30" zone=Europe/Berlin',
            {"channel": "#team", "when": "every weekday 09:30", "zone": "Europe/Berlin"},
        ),
        (
            "admin nudge add #team every weekday 09:30 zone=Europe/Berlin",
            {"channel": "#team", "when": "every weekday 09:30", "zone": "Europe/Berlin"},
        ),
        ("admin nudge add #team", {"channel": "#team"}),
    ],
)
def test_options_and_free_words_go_where_they_belong(words: str, written: dict[str, str]) -> None:
    assert read(words)[1] == written


@pytest.mark.parametrize(
    "text",
    [
        "my daughter",
        "first line\n\n  second line\twith a tab",
        "it's Ana's, isn't it",
        "a = b, x=1 and y =2",
        "https://example.org/?a=b&text",
        "she said “come back” and I did",
        'she said "come back" and I did',
        'a "quote that never ends',
        "a “quote that never ends",
        'ends with a quote"',
        '"two" "quoted"',
        "*stars* `code` <@U1> {gaps} %s",
        "delivery=5 is no option that anyone can type",
        "Text=this is not the option either",
        "Ελληνικά 日本語 🪨",
    ],
)
def test_rest_text_is_kept_to_the_letter(text: str) -> None:
    assert read(f"why {text}")[1] == {"text": text}
    assert read(f"why   {text} \n")[1] == {"text": text}


@pytest.mark.parametrize("text", ['"my daughter"', "“my daughter”", 'text="my daughter"'])
def test_quotes_around_the_whole_are_not_part_of_it(text: str) -> None:
    assert read(f"why {text}")[1] == {"text": "my daughter"}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("stone kind=skill I learned\nto weld", "I learned\nto weld"),
        ("stone I learned\nto weld kind=skill", "I learned\nto weld"),
        ("stone I learned kind=skill to weld", "I learned to weld"),
        ("stone I learned\nkind=skill\nto weld", "I learned to weld"),
    ],
)
def test_options_are_taken_out_of_rest_text(words: str, text: str) -> None:
    assert read(words)[1] == {"text": text, "kind": "skill"}


def test_an_option_inside_quotes_is_text() -> None:
    assert read('stone "kind=skill" he wrote')[1] == {"text": '"kind=skill" he wrote'}


@pytest.mark.parametrize(
    ("words", "left_over"),
    [
        ("status now", "now"),
        ("resume please now", "please"),
        ("settings 9:00", "9:00"),
        ("settings time=9 10:00", "10:00"),
        ("start Europe/Berlin", "Europe/Berlin"),
        ("mentor offer topics=python 2", "2"),
        ("mentor offer topics=python, writing 2", "2"),
        ("mentor find topics=python for=work please", "please"),
        ("pause until=next for=2 weeks", "weeks"),
        ("mentor request @ana note=hello there", "there"),
        ("export all=true", "all=true"),
        ("status " + "x" * 200, "x" * 80),
    ],
)
def test_words_that_fit_nowhere_are_refused_with_the_right_form(words: str, left_over: str) -> None:
    error = refusal(words)
    assert (error.key, error.values["left_over"]) == ("command.left_over", left_over)
    assert str(error.values["usage"]).startswith("/cairn ")


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        ("settings time=9 time=10", "time"),
        ("settings time=9 zone=UTC time=9", "time"),
        ('why text="a" text="b"', "text"),
    ],
)
def test_what_is_given_twice_is_refused(words: str, argument: str) -> None:
    error = refusal(words)
    assert (error.key, error.values["argument"]) == ("command.given_twice", argument)


@given(st.text(max_size=300) | st.text('"“” =ab\n', max_size=60))
def test_any_text_is_read_or_refused(words: str) -> None:
    name, written = read_or_refused(words)
    if name in COMMANDS_BY_NAME:
        visible = {a.name for a in COMMANDS_BY_NAME[name].arguments if not a.hidden}
        assert written <= visible
    else:
        assert name.startswith("command.")


@given(
    st.sampled_from([command.name for command in COMMANDS]),
    st.text(max_size=80) | st.text('"“” =ab\n', max_size=40),
)
def test_any_text_after_a_command_is_read_or_refused(name: str, rest: str) -> None:
    found, _ = read_or_refused(f"{name} {rest}")
    assert found in (name, "command.left_over", "command.given_twice")


@given(st.text(min_size=1, max_size=200) | st.text('"“” =ab\n', min_size=1, max_size=60))
def test_rest_text_is_kept_whatever_it_is(text: str) -> None:
    text = re.sub(r"\btext=", "text ", text).strip()
    written = read(f"why {text}")[1].get("text", "")
    if written != text:
        # only one pair of quotes around all of it may be gone
        assert text[0] + text[-1] in ('""', "“”")
        assert written == text[1:-1]


@given(st.sampled_from('“”"= \n'), st.integers(1, 2000))
def test_one_sign_over_and_over_is_read(sign: str, times: int) -> None:
    assert read(f"why {sign * times}")[0] == "why"
