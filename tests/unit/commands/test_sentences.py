"""The code and the catalogue agree: every sentence is there, and every sentence is said."""

import ast
import re
from pathlib import Path

import pytest

from bot.commands.declared import COMMANDS
from bot.domain.delivery import Reason
from tests.unit.commands.sentences import (
    FAMILIES,
    WELCOME,
    catalogue,
    complaints,
    is_plural,
    uses,
    uses_in_bot,
)

SENTENCES = [(key, text) for key, texts in catalogue().items() for text in texts]


def test_code_and_catalogue_agree() -> None:
    assert complaints(uses_in_bot(), catalogue()) == []


def test_every_family_is_still_put_together_somewhere() -> None:
    patterns = {use.pattern for use in uses_in_bot() if use.pattern}
    assert patterns == {*FAMILIES, *WELCOME}


def test_whatever_a_delivery_can_fail_with_has_a_sentence_and_nothing_else_has() -> None:
    skipped = {
        inner.attr
        for folder in ("bot", "scheduler")
        for path in Path(folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Call) and "WasSkipped" in ast.unparse(node.func))
        or (isinstance(node, ast.keyword) and node.arg == "skip")
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute) and ast.unparse(inner.value) == "Reason"
    }
    assert {*FAMILIES["reason.{}"]} == {*Reason} - {Reason[name] for name in skipped}


@pytest.mark.parametrize(
    ("source", "known", "complaint"),
    [
        ('say("nudge.gone")', {}, "code:1: no sentence nudge.gone"),
        ('call.say("a.b")', {}, "code:1: no sentence a.b"),
        ('raise UserError("a.b" if x else "a.c")', {"a.b": ("B",)}, "code:1: no sentence a.c"),
        ('say("a.b")', {"a.b": ("B",), "a.c": ("C",)}, "catalogue: a.c is never said"),
        ('say("a.b", x=1)', {"a.b": ("{y}",)}, "code:1: a.b has the gap y, which nothing fills"),
        ('say("a.b")', {"a.b": ("one", "more")}, "code:1: a.b is counted in one place only"),
        ('say.count("a.b", 2)', {"a.b": ("B",)}, "code:1: a.b is counted in one place only"),
        ('say(f"new.{thing}")', {}, "code:1: no family new.{}"),
        ("say(anything)", {}, "code:1: which sentence is not clear"),
        (
            'def f(say, key):\n    say(key)\nf(say, "a.b")',
            {},
            "code:2: no sentence a.b",
        ),
        (
            'def f(say):\n    key = "a.b" if x else "a.c"\n    say(key)',
            {"a.b": ("B",)},
            "code:3: no sentence a.c",
        ),
    ],
)
def test_what_does_not_agree_is_found(
    source: str, known: dict[str, tuple[str, ...]], complaint: str
) -> None:
    assert complaints(list(uses(source)), known) == [complaint]


@pytest.mark.parametrize("key", ["why.kept", "who.not_joined", "vision.kept", "cadence.daily"])
def test_a_sentence_that_goes_missing_is_found(key: str) -> None:
    without = {known: texts for known, texts in catalogue().items() if known != key}
    assert any(key in line for line in complaints(uses_in_bot(), without))


@pytest.mark.parametrize(("key", "text"), SENTENCES)
def test_a_sentence_speaks_as_cairn_does(key: str, text: str) -> None:
    assert text.strip() == text != ""
    assert "  " not in text
    assert not re.search(r"!\s*!", text)
    assert not re.search(
        r"leverage|synerg|unlock|journey of growth|don.t forget|remember to|streak|overdue"
        r"|you missed|behind schedule|\bgoals?\b|\bawesome\b|\boops\b|\bsimply\b",
        text,
        re.IGNORECASE,
    )
    assert all(ord(letter) < 0x2190 for letter in text), "no pictures"


@pytest.mark.parametrize(("key", "text"), SENTENCES)
def test_quotes_and_code_marks_come_in_pairs(key: str, text: str) -> None:
    assert text.count("`") % 2 == 0
    assert text.count('"') % 2 == 0
    assert text.count("*") % 2 == 0 or "* * *" in text


def test_commands_named_in_sentences_exist() -> None:
    names = {command.name for command in COMMANDS}
    for key, text in SENTENCES:
        for said in re.findall(r"`/cairn ([a-z ]+)", text):
            words = said.split()
            heads = {" ".join(words[:length]) for length in (1, 2, 3)}
            assert heads & names, f"{key}: /cairn {said}"


def test_both_plural_forms_leave_the_same_gaps_but_for_the_number() -> None:
    for key, texts in catalogue().items():
        if is_plural(texts):
            one, many = ({*re.findall(r"{(\w+)}", text)} - {"number"} for text in texts)
            assert one == many, key
