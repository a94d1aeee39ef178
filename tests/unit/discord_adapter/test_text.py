"""Text between Discord's markdown and plain text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.text import (
    PARTING,
    atoms,
    beginning,
    calm,
    cut,
    escaped,
    label,
    one_line,
    pieces,
    plain,
    readable,
    sentence,
    storable,
    width,
    without_bold,
)
from tests.unit.discord_adapter.hostile import TEXTS, check_content, impostor, nobody

ANA, TEAM = "123456789012345678", "223456789012345678"

# in


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain words", "plain words"),
        (f"<@{ANA}>, <@!{ANA}> in <#{TEAM}>", f"@{ANA}, @{ANA} in #{TEAM}"),
        (f"<@&{TEAM}>", f"@{TEAM}"),
        (f"<:cairn:{TEAM}> <a:wave:{TEAM}>", ":cairn: :wave:"),
        (f"</cairn mentor find:{TEAM}>", "/cairn mentor find"),
        ("<t:1772443800:F> <t:1772443800>", "2026-03-02 09:30 UTC 2026-03-02 09:30 UTC"),
        ("<t:999999999999999>", "999999999999999"),
        ("**bold** _so_ ||spoiler|| @everyone", "**bold** _so_ ||spoiler|| @everyone"),
        ("a<b <@> <@1> <#x> <", "a<b <@> <@1> <#x> <"),
        ("null\x00 bell\x07 tab\t line\r\nnext\rone", "null bell tab\t line\nnext\none"),
        ("half \ud83c", "half \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_what_people_write(written: str, meant: str) -> None:
    assert plain(written) == meant


@given(TEXTS)
def test_any_text_is_read_and_can_be_stored(text: str) -> None:
    read = plain(text)
    read.encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", read)
    assert storable(read) == read


# out


def test_people_are_named_and_never_mentioned() -> None:
    named = {ANA: "Ana <@1> @here\n", TEAM: ""}
    assert escaped(f"@{ANA}, @{TEAM} a@{ANA}1", named.get) == (
        rf"@Ana <{PARTING}@1> @{PARTING}here, @{TEAM} a@{ANA}1"
    )


def test_a_channel_is_a_link() -> None:
    assert escaped(f"in #{TEAM}, #{TEAM}.", nobody) == f"in <#{TEAM}>, <#{TEAM}>."
    assert escaped("#1 #team", nobody) == r"\#1 \#team".replace(r" \#", " #")


def test_only_who_may_be_is_mentioned() -> None:
    text = f"@{ANA} and @{TEAM}"
    assert sentence(text, {TEAM: "Li"}.get, mentioned={ANA}) == f"<@{ANA}> and @Li"
    assert sentence(text, {ANA: "Ana", TEAM: f"@{ANA}"}.get, mentioned={ANA}) == (
        f"<@{ANA}> and @@{PARTING}{ANA}"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "I can't read *31 Feb*. Try `next Friday`.",
            "I can't read **31 Feb**. Try `next Friday`.",
        ),
        ("*a_b* `a_b*` 2*3*4", r"**a\_b** `a_b*` 2\*3\*4"),
        (
            "`@everyone <@123456789012345678>`",
            f"`@{PARTING}everyone <{PARTING}@123456789012345678>`",
        ),
        ("``x`` ``` `", r"\`\`x\`\` \`\`\` \`"),
        ("*a\nb*", "\\*a\nb\\*"),
    ],
)
def test_marks_of_cairns_own(text: str, shown: str) -> None:
    assert sentence(text, nobody) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*a* _b_ ~~c~~ ||d|| `e`", r"\*a\* \_b\_ \~\~c\~\~ \|\|d\|\| \`e\`"),
        ("# a\n## b\n-# c", "\\# a\n\\#\\# b\n\\-\\# c"),
        ("> a\n>>> b\n - c", "\\> a\n\\>\\>\\> b\n \\- c"),
        ("1. a\n12) b\n3 c", f"1{PARTING}. a\n12{PARTING}) b\n3 c"),
        ("[a](https://b.example)", r"\[a](https\://b.example)"),
        ("10:30 a:b", "10:30 a:b"),
        ("a < b > c <b>", r"a \< b > c \<b>"),
        ("\\*", r"\\\*"),
    ],
)
def test_what_people_wrote_is_shown_as_they_wrote_it(written: str, shown: str) -> None:
    assert escaped(written, nobody) == shown


def by_discord(markdown: str) -> str:
    """What a client shows of a text in which every mark is escaped."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", markdown.replace(PARTING, ""))


@given(TEXTS)
def test_whatever_the_text_nothing_in_it_is_live(text: str) -> None:
    for sent in (escaped(text, impostor), sentence(text, impostor), escaped(text, nobody)):
        check_content(sent)


@given(TEXTS)
def test_what_goes_out_is_what_is_read(text: str) -> None:
    shown = readable(text, nobody)
    sent = re.sub(r"<#(\d{15,20})>", r"#\1", escaped(text, nobody))
    assert by_discord(sent) == shown.replace(PARTING, "")


def test_what_turns_text_round_is_dropped_and_marks_stay() -> None:
    assert calm("a\u202eb\u2066c\u200fd\u2063") == "abc\u200fd"
    assert one_line(" a\n b\tc ") == "a b c"


def test_marks_are_not_piled_up() -> None:
    assert calm("e" + "\u0301" * 30 + "a") == "e" + "\u0301" * 4 + "a"
    assert calm("\u0e01\u0e34\u0e48") == "\u0e01\u0e34\u0e48"


def test_bold_is_taken_off_where_it_would_be_shown() -> None:
    assert without_bold("I can't read *31 Feb*. Try *x*, or `30 9 * * mon-fri`.") == (
        "I can't read 31 Feb. Try x, or `30 9 * * mon-fri`."
    )


# limits


def test_width_counts_as_a_client_does() -> None:
    assert width("aé\U0001f331\n") == 1 + 1 + 2 + 1


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long\N{HORIZONTAL ELLIPSIS}"),
        ("one two", 5, "one\N{HORIZONTAL ELLIPSIS}"),
        ("\U0001f331\U0001f331", 3, "\U0001f331\N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_cut(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


def test_a_label_is_never_empty() -> None:
    assert label(" a\nb ", 45) == "a b"
    assert label("\u202e", 45, otherwise="x") == "x"
    assert label("", 45) == "-"


def test_a_beginning_breaks_no_mark() -> None:
    assert beginning(atoms("a*b", own=False), 4) == r"a\*b"
    assert beginning(atoms("a**", own=False), 4) == "a\\*\N{HORIZONTAL ELLIPSIS}"
    assert beginning(iter(()), 4) == ""


def test_pieces_end_at_a_line_else_at_a_word_else_anywhere() -> None:
    assert pieces(iter("one two\nthree four"), 12) == ["one two\n", "three four"]
    assert pieces(iter("one two three"), 10) == ["one two ", "three"]
    assert pieces(iter("abcdefgh"), 3) == ["abc", "def", "gh"]
    assert pieces(iter(""), 3) == []
    assert pieces(iter(["a", " ", "b", " ", "cde", "x" * 18]), 20) == ["a b ", "cde", "x" * 18]


@given(TEXTS, st.integers(20, 200), st.booleans())
def test_pieces_fit_and_lose_nothing(text: str, limit: int, own: bool) -> None:
    shown = list(atoms(readable(text, nobody), own=own))
    widest = max(map(width, shown), default=0)
    found = pieces(iter(shown), max(limit, widest))
    assert "".join(found) == "".join(shown)
    assert all(0 < width(piece) <= max(limit, widest) for piece in found)


@given(TEXTS)
def test_no_atom_is_wider_than_a_third_of_a_message(text: str) -> None:
    assert all(width(one) <= 1300 for one in atoms(readable(text, nobody), own=True))


def test_a_long_text_is_cut_and_parted_in_time() -> None:
    text = "<" * 40_000
    assert len("".join(pieces(atoms(text, own=True), 1900))) == 80_000
    assert plain("<" * 200_000) == "<" * 200_000
    assert without_bold("*a" * 20_000)
    assert sentence("*a`" * 20_000, nobody)
    assert escaped("@1234567890123456" * 5_000, nobody)
