"""Text between Slack's markup and plain text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.text import (
    calm,
    cut,
    escaped,
    marked,
    one_line,
    pieces,
    plain,
    readable,
    storable,
    width,
    without_bold,
)
from tests.unit.slack_adapter.hostile import TEXTS, nobody

# in


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain words", "plain words"),
        ("<@U1>, <@W2|li>", "@T1/U1, @T1/W2"),
        ("in <#C1|general> and <#C2>", "in #T1/C1 and #T1/C2"),
        ("<!channel> <!here|here> <!everyone>", "@channel @here @everyone"),
        ("<!subteam^S1|@team> <!subteam^S1>", "@team @subteam"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<http://a.example|a.example>", "a.example"),
        ("<https://a.example/|https://a.example>", "https://a.example"),
        ("<https://a.example|here &amp; there>", "here & there (https://a.example)"),
        ("<https://evil.example|a.example>", "a.example (https://evil.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<tel:112|112>", "112"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt; &amp;amp; &quot;", "&lt; &amp; &quot;"),
        (":tada: *bold* _so_", ":tada: *bold* _so_"),
        ("<@> <@é> <#> < <>", "@ @é # < "),
        ("a<b", "a<b"),
        ("null\x00 bell\x07 tab\t line\r\nnext\rone", "null bell tab\t line\nnext\none"),
        ("half \ud83c", "half \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_what_people_write(written: str, meant: str) -> None:
    assert plain(written, "T1") == meant


@given(TEXTS)
def test_any_text_is_read_and_can_be_stored(text: str) -> None:
    read = plain(text, "T1")
    read.encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", read)
    assert storable(read) == read


@given(TEXTS)
def test_what_is_typed_comes_in_as_it_was(text: str) -> None:
    typed = storable(text)
    by_slack = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(by_slack, "T1") == typed


# out


def test_people_are_named_and_never_mentioned() -> None:
    names = {"T1/U1": "Ana <!here>\n", "T1/U2": ""}
    text = "@T1/U1, @T1/U2 & @T1/W3: <@U1> <!channel> a@T1/U1x"
    assert escaped(text, names.get) == (
        "@Ana &lt;!here&gt;, @U2 &amp; @W3: &lt;@U1&gt; &lt;!channel&gt; a@T1/U1x"
    )


def test_a_channel_is_a_link() -> None:
    assert escaped("in #T1/C1, #T1/G2.", nobody) == "in <#C1>, <#G2>."
    assert escaped("#T1/D1 #T1/U1 #T1/ #team #T1/C1x", nobody) == "#T1/D1 #T1/U1 #T1/ #team #T1/C1x"


@given(TEXTS)
def test_whatever_the_text_nothing_in_it_is_live(text: str) -> None:
    sent = escaped(text, lambda _: "<!channel>\u202e")
    sent.encode()
    assert re.sub(r"<#[CG][A-Z0-9]+>", "", sent).count("<") == 0
    assert not re.search(r"&(?!amp;|lt;|gt;)", sent)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", sent)


@given(TEXTS)
def test_what_goes_out_would_come_in_the_same(text: str) -> None:
    shown = readable(text, nobody)
    assert plain(marked(shown), "T1") == re.sub(r"#[TE][A-Z0-9]+/(?=[CG][A-Z0-9])", "#T1/", shown)


def test_what_turns_text_round_is_dropped_and_marks_stay() -> None:
    assert calm("a\u202eb\u2066c\u200fd") == "abc\u200fd"
    assert one_line(" a\n b\tc ") == "a b c"


def test_bold_is_taken_off_where_it_would_be_shown() -> None:
    assert without_bold("I can't read *31 Feb*. Try *x*, or `30 9 * * mon-fri`.") == (
        "I can't read 31 Feb. Try x, or `30 9 * * mon-fri`."
    )


# limits


def test_width_counts_as_slack_might() -> None:
    assert width("a&<>\U0001f331\n") == 1 + 5 + 4 + 4 + 2 + 1
    assert width("\n\n", newline=6) == 12


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long\N{HORIZONTAL ELLIPSIS}"),
        ("one two", 5, "one\N{HORIZONTAL ELLIPSIS}"),
        ("&&&", 11, "&&\N{HORIZONTAL ELLIPSIS}"),
        ("\U0001f331\U0001f331", 3, "\U0001f331\N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_cut(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


def test_pieces_end_at_a_line_else_at_a_word_else_anywhere() -> None:
    assert pieces("one two\nthree four", 12) == ["one two\n", "three four"]
    assert pieces("one two three", 10) == ["one two ", "three"]
    assert pieces("abcdefgh", 3) == ["abc", "def", "gh"]
    assert pieces("", 3) == []


@given(st.text(st.sampled_from("ab &<\n\U0001f331"), max_size=120), st.integers(6, 40))
def test_pieces_fit_and_lose_nothing(text: str, limit: int) -> None:
    found = pieces(text, limit, newline=3)
    assert "".join(found) == text
    assert all(0 < width(piece, newline=3) <= limit for piece in found)


def test_a_long_text_is_cut_and_parted_in_time() -> None:
    text = "<" * 40_000
    assert "".join(pieces(text, 3000)) == text
    assert plain("<" * 200_000, "T1") == "<" * 200_000
    assert without_bold("*a" * 20_000)
