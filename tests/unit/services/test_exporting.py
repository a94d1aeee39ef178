"""An export is complete, reads well, and is the same bytes for the same things."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.identity import AccountRef
from bot.chat.wording import wording_for
from bot.domain.compass import Stone, StoneKind, Vision, Why
from bot.domain.membership import Membership
from bot.domain.practices import Practice
from bot.domain.prompts import Prompt, Room
from bot.domain.reflection import Part, Reflection, Via
from bot.services.exporting import FORMAT, VERSION, Belongings, export, to_document, to_markdown
from tests.cast import SETTINGS

SAY = wording_for("en")
AT = datetime(2026, 3, 2, 23, 30, 15, 999, tzinfo=UTC)
PROMPT = Prompt(7, "values.pay", Practice.VALUES, Room.DIRECT, "What does it pay you?")

ALL = Belongings(
    name="Ben",
    origin=AccountRef("fake", "U1"),
    memberships=(
        Membership(id=1, account_id=1, programme_id=1, name="Ben", joined_at=AT, settings=SETTINGS),
    ),
    whys=(Why(1, "rent", AT, AT), Why(2, "my daughter", AT)),
    visions=(Vision(3, 1, "done", AT), Vision(4, 5, "my own shop", AT)),
    stones=(
        Stone(id=1, kind=StoneKind.SKILL, text="welding", laid_at=AT, vision_id=4, link="a:b/1"),
        Stone(id=2, kind=StoneKind.PROOF, text="# no heading", laid_at=AT, reflection_id=12),
    ),
    reflections=(
        Reflection(
            id=11,
            author_id=1,
            via=Via.COMMAND,
            written_at=AT,
            parts=(Part(1, "unasked words", AT),),
        ),
        Reflection(
            id=12,
            author_id=1,
            via=Via.DIRECT,
            written_at=AT,
            parts=(Part(2, "# no heading", AT), Part(3, "\n- no list", AT)),
            prompt_id=7,
            edited_at=AT,
        ),
    ),
    reactions=((7, "heart", AT),),
    prompts={7: PROMPT},
)


def test_the_document_says_what_it_is() -> None:
    document = to_document(ALL, AT)
    assert (document["format"], document["version"]) == (FORMAT, VERSION) == ("cairn-export", 1)
    assert document["exported_at"] == "2026-03-02T23:30:15Z"


def test_only_platform_ids_stand_under_origin() -> None:
    here = to_document(ALL, AT)
    elsewhere = to_document(replace(ALL, origin=AccountRef("slack", "W9")), AT)
    assert here.pop("origin") == {"platform": "fake", "account": "U1"}
    assert elsewhere.pop("origin") == {"platform": "slack", "account": "W9"}
    assert here == elsewhere
    assert "U1" not in json.dumps(here)


def test_everything_is_in_the_document() -> None:
    document = to_document(ALL, AT)
    time = "2026-03-02T23:30:15Z"
    assert document["whys"] == [
        {"text": "rent", "written_at": time, "replaced_at": time},
        {"text": "my daughter", "written_at": time, "replaced_at": None},
    ]
    assert document["visions"][1] == {
        "years": 5, "text": "my own shop", "written_at": time, "replaced_at": None,
    }  # fmt: skip
    assert document["stones"] == [
        {
            "kind": "skill",
            "text": "welding",
            "laid_at": time,
            "reflection": None,
            "vision_years": 5,
            "origin": {"link": "a:b/1"},
        },
        {
            "kind": "proof",
            "text": "# no heading",
            "laid_at": time,
            "reflection": 2,
            "vision_years": None,
            "origin": {"link": None},
        },
    ]
    prompt = {"id": "values.pay", "practice": "values", "text": "What does it pay you?"}
    assert document["reflections"][0]["prompt"] is None
    assert document["reflections"][1] == {
        "number": 2,
        "prompt": prompt,
        "via": "direct",
        "text": "# no heading\n\n- no list",
        "written_at": time,
        "edited_at": time,
        "parts": [
            {"text": "# no heading", "said_at": time},
            {"text": "\n- no list", "said_at": time},
        ],
    }
    assert document["reactions"] == [{"prompt": prompt, "name": "heart", "at": time}]
    assert document["memberships"] == [
        {
            "joined_at": time,
            "coordinator": False,
            "settings": {
                "zone": "Europe/Berlin",
                "time": "09:00",
                "days": "mon-fri",
                "quiet": "20:00-08:00",
                "cadence": "daily",
                "language": "en",
            },
        }
    ]


def test_markdown_sets_own_words_apart_so_that_they_format_nothing() -> None:
    lines = to_markdown(ALL, SAY, "UTC").split("\n")
    assert [line for line in lines if line.startswith("#")] == [
        "# What Ben wrote",
        "## Why",
        "## Vision",
        "### In 1 year",
        "### In 5 years",
        "## Stepping stones",
        "## Reflections",
        "### Unasked",
        "### What does it pay you?",
    ]
    assert "> # no heading" in lines
    assert "> - no list" in lines
    assert ">" in lines


def test_markdown_has_the_local_date() -> None:
    assert "*2 March 2026*" in to_markdown(ALL, SAY, "UTC")
    assert "*3 March 2026*" in to_markdown(ALL, SAY, "Europe/Berlin")


def test_the_file_has_both_forms_and_the_local_date_in_its_name() -> None:
    file = export(ALL, SAY, "Asia/Tokyo", AT)
    assert file.name == "cairn-export-ben-2026-03-03.zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.testzip() is None
        document = json.loads(archive.read("cairn.json"))
        markdown = archive.read("cairn.md").decode()
    assert document == to_document(ALL, AT)
    assert markdown == to_markdown(ALL, SAY, "Asia/Tokyo")


def test_the_same_things_are_the_same_bytes() -> None:
    assert export(ALL, SAY, "UTC", AT) == export(replace(ALL), SAY, "UTC", AT)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ben", "ben"),
        ("Ana Lind-Öhman", "ana-lind-öhman"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\temp\\x", "c--temp-x"),
        ("a\x00b\nc", "a-b-c"),
        ("..", "member"),
        ("", "member"),
        ("🪨🪨", "member"),
        ("x" * 300, "x" * 64),
    ],
)
def test_a_hostile_name_makes_a_harmless_file_name(name: str, kept: str) -> None:
    file = export(replace(ALL, name=name), SAY, "UTC", AT)
    assert file.name == f"cairn-export-{kept}-2026-03-02.zip"


@given(st.text(max_size=100))
def test_any_name_makes_a_file_name_of_letters_digits_and_dashes(name: str) -> None:
    file = export(replace(ALL, name=name), SAY, "UTC", AT)
    kept = file.name.removeprefix("cairn-export-").removesuffix("-2026-03-02.zip")
    assert 1 <= len(kept) <= 64
    assert all(letter.isalnum() or letter in "-_" for letter in kept)


@given(st.text(max_size=200))
def test_any_words_come_out_as_they_went_in(words: str) -> None:
    written = replace(ALL, whys=(Why(1, words, AT),))
    content = export(written, SAY, "UTC", AT).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read("cairn.json"))["whys"][0]["text"] == words
        for line in archive.read("cairn.md").decode().split("\n")[4:]:
            if line == "## Vision":
                break
            assert line == "" or line.startswith((">", "*2 March"))
