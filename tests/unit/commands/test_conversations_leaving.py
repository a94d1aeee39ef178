"""Conversations about taking one's words along, and about leaving with nothing left behind."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.fakes.conversation import TEAM, Conversation, Shown, account

ADD = 'admin nudge add channel=#team when="every weekday 09:30" zone=UTC'


def unpacked(shown: Shown) -> tuple[dict[str, Any], str]:
    """The JSON and the Markdown of an export."""
    with zipfile.ZipFile(io.BytesIO(shown.files[0].content)) as archive:
        assert archive.namelist() == ["cairn.json", "cairn.md"]
        return json.loads(archive.read("cairn.json")), archive.read("cairn.md").decode()


@pytest.fixture
async def full(talk: Conversation) -> Conversation:
    """The town, in which ben has done a bit of everything, and ana mentors him."""
    await talk.command("cora", ADD)
    await talk.says("ben", "a first answer\nin two lines")
    await talk.later("30m")
    await talk.says("ben", "ask the foreman", thread=talk.post())
    await talk.reacts("ben", talk.post(), "heart")
    await talk.command("ben", "why my daughter")
    await talk.command("ben", "vision 5 my own shop")
    await talk.command("ben", "stone kind=skill vision=5 I can weld")
    await talk.command("ana", "mentor offer topics=writing capacity=2")
    await talk.command("ben", "mentor find topics=writing for=manuals")
    await talk.command("ben", "mentor request @ana could we talk?")
    await talk.press("ana", "Yes")
    return talk


async def test_an_export_holds_exactly_what_was_said(full: Conversation) -> None:
    shown = await full.command("ben", "export")
    assert "2 reflections and 1 stone" in shown.text
    assert [file.name for file in shown.files] == ["cairn-export-ben-2026-03-02.zip"]
    document, _ = unpacked(shown)
    first = {prompt["text"]: prompt for prompt in (r["prompt"] for r in document["reflections"])}
    assert {*first} == {full.prompts("ben")[0], full.prompts(TEAM)[0]}
    assert [(r["number"], r["via"], r["text"]) for r in document["reflections"]] == [
        (1, "direct", "a first answer\nin two lines"),
        (2, "thread", "ask the foreman"),
    ]
    assert document["reflections"][0]["written_at"] == "2026-03-02T09:00:00Z"
    assert [(one["name"], one["prompt"]["text"]) for one in document["reactions"]] == [
        ("heart", full.prompts(TEAM)[0])
    ]
    assert [why["text"] for why in document["whys"]] == ["my daughter"]
    assert [(one["years"], one["text"]) for one in document["visions"]] == [(5, "my own shop")]
    assert [(s["kind"], s["text"], s["vision_years"]) for s in document["stones"]] == [
        ("skill", "I can weld", 5)
    ]
    assert document["mentoring"]["searches"] == [{"topics": ["writing"], "purpose": "manuals"}]
    assert [one["text"] for one in document["mentoring"]["written"]] == ["could we talk?"]
    assert document["origin"] == {"platform": "fake", "account": "ben"}
    assert document["memberships"][0]["settings"]["zone"] == "America/New_York"


async def test_an_export_reads_well(full: Conversation) -> None:
    _, markdown = unpacked(await full.command("ben", "export"))
    assert markdown.startswith("# What ben wrote\n\n## Why\n\n*2 March 2026*\n\n> my daughter\n")
    assert "> a first answer\n> in two lines\n" in markdown
    assert f"### {full.prompts('ben')[0]}\n" in markdown
    assert "*2 March 2026 · skill*\n\n> I can weld\n" in markdown


async def test_an_export_of_nothing_is_empty(talk: Conversation) -> None:
    shown = await talk.command("ben", "export")
    assert "0 reflections and 0 stones" in shown.text
    document, markdown = unpacked(shown)
    assert document["reflections"] == document["stones"] == []
    assert markdown == "# What ben wrote\n"


async def test_an_export_holds_nothing_of_others(full: Conversation) -> None:
    content = str(unpacked(await full.command("ana", "export")))
    for words in ("daughter", "foreman", "weld", "my own shop", "manuals", "could we talk"):
        assert words not in content


async def test_drafts_are_not_exported(talk: Conversation) -> None:
    await talk.press("ben", "Skip")
    await talk.says("ben", "a thought")
    assert "a thought" not in str(unpacked(await talk.command("ben", "export")))


async def test_an_export_can_be_brought_in_elsewhere_and_only_once(full: Conversation) -> None:
    packed = (await full.command("ben", "export")).files[0]
    other = await Conversation.begin("ben")
    shown = await other.command("ben", "import", file=packed)
    assert "2 reflections and 1 stone" in shown.text
    assert await other.kept("ben") == ["a first answer\nin two lines", "ask the foreman"]
    before = other.snapshot()
    shown = await other.command("ben", "import", file=packed)
    assert "0 reflections and 0 stones" in shown.text
    assert other.snapshot() == before


async def test_forgetting_asks_first(full: Conversation) -> None:
    before = full.snapshot()
    shown = await full.command("ben", "forget")
    assert shown.labels == ["Export first", "Erase everything"]
    shown = await full.command("ben", "forget no")
    assert shown.text == "Nothing is erased."
    assert shown.labels == []
    assert full.snapshot() == before


@pytest.mark.parametrize("way", ["button", "command"])
async def test_forgetting_leaves_nothing_and_tells_the_partner(
    full: Conversation, way: str
) -> None:
    if way == "button":
        await full.command("ben", "forget")
        shown = await full.press("ben", "Erase everything")
    else:
        shown = await full.command("ben", "forget confirm=yes")
    assert "Everything of yours is erased." in shown.text
    left = str(full.snapshot())
    for words in (
        "'ben'",
        "daughter",
        "foreman",
        "first answer",
        "weld",
        "shop",
        "manuals",
        "talk?",
    ):
        assert words not in left
    assert account("ben") not in full.storage.unit.accounts.refs
    assert "One of your pairs has ended" in full.texts("ana")[-1]
    assert "ben" not in full.texts("ana")[-1]
    assert "mentor with 0 of 2 places taken" in (await full.command("ana", "status")).text
    await full.later("7d")
    assert full.texts("ben")[-1] == shown.text


async def test_the_inbox_keeps_no_words_either(full: Conversation) -> None:
    await full.command("ben", "forget confirm=yes")
    rows = full.storage.unit.inbox.rows.values()
    assert all(row.content is None and row.answers is None for row in rows)


async def test_open_requests_close_when_someone_leaves(talk: Conversation) -> None:
    await talk.command("dan", "start zone=UTC")
    await talk.command("ana", "mentor offer topics=writing")
    await talk.command("ben", "mentor offer topics=kilns")
    await talk.command("ben", "mentor request @ana")
    await talk.command("dan", "mentor request @ben")
    await talk.command("ben", "forget yes")
    assert "isn't waiting any more" in talk.texts("ana")[-1]
    assert "isn't available any more" in talk.texts("dan")[-1]
    assert "ben" not in talk.texts("ana")[-1] + talk.texts("dan")[-1]


async def test_forgetting_of_strangers_has_nothing_to_do() -> None:
    talk = await Conversation.begin()
    before = talk.snapshot()
    assert "I hold nothing of yours." in (await talk.command("zoe", "forget yes")).text
    assert "I hold nothing of yours." in (await talk.act("zoe", "erase")).text
    assert talk.snapshot() == before


async def test_someone_who_left_can_begin_afresh(full: Conversation) -> None:
    await full.command("ben", "forget yes")
    shown = await full.command("ben", "start zone=UTC")
    assert "Welcome, ben." in shown.text
    assert await full.kept("ben") == []


async def test_what_others_wrote_stays(full: Conversation) -> None:
    await full.says("ana", "ana's own words")
    await full.command("ben", "forget yes")
    assert await full.kept("ana") == ["ana's own words"]
