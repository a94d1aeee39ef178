"""When something breaks: an apology once, another try, nobody else held up, nothing half done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.commands.declared import ACTIONS
from bot.domain.delivery import Reason
from bot.ports.chat import ChatBusyError, ChatRefusedError
from tests.fakes.conversation import Conversation, channel
from tests.fakes.storage import InMemoryStorage, InMemoryUnitOfWork

ADD = 'admin nudge add channel=#team when="every weekday 09:30" zone=UTC'


class FullDisk(OSError):
    """What a database says on a bad day."""


class FragileStorage(InMemoryStorage):
    """Storage that can't be committed to once whys are written while it is `broken`."""

    broken = False

    @asynccontextmanager
    async def work(self) -> AsyncIterator[InMemoryUnitOfWork]:
        async with super().work() as unit:
            before = str(vars(unit.compass))
            yield unit
            if self.broken and str(vars(unit.compass)) != before:
                raise FullDisk


@pytest.fixture
async def fragile() -> tuple[Conversation, FragileStorage]:
    storage = FragileStorage()
    return await Conversation.begin("ana", "ben", storage=storage), storage


def apologies(talk: Conversation, name: str) -> int:
    return sum("Something went wrong on my side." in text for text in talk.texts(name))


async def test_a_failure_is_apologised_for_once_and_mended_by_itself(
    fragile: tuple[Conversation, FragileStorage],
) -> None:
    talk, storage = fragile
    storage.broken = True
    before = talk.snapshot()
    await talk.command("ben", "why my daughter")
    await talk.later("1m")
    assert apologies(talk, "ben") == 1
    assert talk.snapshot() == before
    storage.broken = False
    await talk.later("2h")
    assert apologies(talk, "ben") == 1
    assert [text for text in talk.texts("ben") if text.startswith("Kept. Your why:")] != []
    assert "> my daughter" in (await talk.command("ben", "tough")).text


async def test_others_and_later_words_of_the_same_person_are_not_held_up(
    fragile: tuple[Conversation, FragileStorage],
) -> None:
    talk, storage = fragile
    storage.broken = True
    await talk.command("ben", "why my daughter")
    assert "Kept" in (await talk.says("ben", "the kiln works")).text
    assert "Kept" in (await talk.says("ana", "so does mine")).text
    assert await talk.kept("ben") == ["the kiln works"]


async def test_what_fails_again_and_again_is_never_given_up(
    fragile: tuple[Conversation, FragileStorage],
) -> None:
    talk, storage = fragile
    storage.broken = True
    await talk.command("ben", "why my daughter")
    await talk.later("3d")
    assert apologies(talk, "ben") == 1
    storage.broken = False
    await talk.later("1h")
    assert "> my daughter" in (await talk.command("ben", "tough")).text


async def test_what_a_mistaken_command_wrote_before_is_undone(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    before = talk.snapshot()
    shown = await talk.command("cora", "admin nudge queue next=values.proud skip=none.such")
    assert "I don't know a channel prompt called *none.such*." in shown.text
    assert "values.proud" not in shown.text
    assert talk.snapshot() == before


async def test_an_answer_that_can_not_be_sent_yet_comes_later_and_once(talk: Conversation) -> None:
    talk.chat.raise_next(ChatBusyError(timedelta(minutes=5)))
    assert (await talk.command("ben", "why my daughter")).messages == ()
    await talk.later("10m")
    assert sum("Kept. Your why:" in text for text in talk.texts("ben")) == 1
    author = (await talk.member("ben")).account_id
    async with talk.storage.reading() as work:
        assert len(await work.compass.whys(author)) == 1


async def test_an_answer_that_nobody_takes_is_let_go(talk: Conversation) -> None:
    talk.chat.raise_next(ChatRefusedError(Reason.UNREACHABLE, "closed"))
    assert (await talk.command("ben", "why my daughter")).messages == ()
    await talk.later("1h")
    assert not any("Your why" in text for text in talk.texts("ben"))
    assert "> my daughter" in (await talk.command("ben", "tough")).text


async def test_joining_waits_when_the_own_conversation_can_not_be_opened() -> None:
    talk = await Conversation.begin()
    before = talk.snapshot()
    talk.chat.raise_next(ChatRefusedError(Reason.UNREACHABLE, "closed"))
    await talk.command("ben", "start zone=UTC", channel())
    assert apologies(talk, "ben") == 1
    assert talk.snapshot() == before
    await talk.later("1m")
    assert len(talk.prompts("ben")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "",
        "xyzzy",
        "mentor",
        "status now",
        "settings time=9 time=9",
        "why " + "a" * 50_000,
        "stone vision=0 x",
    ],
)
async def test_a_mistake_gets_one_answer_and_changes_nothing(
    talk: Conversation, words: str
) -> None:
    before = talk.snapshot()
    shown = await talk.command("ben", words)
    assert len(shown.messages) == 1
    assert "went wrong" not in shown.text
    assert talk.snapshot() == before


@pytest.mark.parametrize("action", [action.name for action in ACTIONS if action.parameters])
async def test_a_button_without_its_arguments_is_not_in_use(
    talk: Conversation, action: str
) -> None:
    before = talk.snapshot()
    for name in ("ben", "cora", "zoe"):
        shown = await talk.act(name, action)
        assert shown.form is None
        assert "This button isn't in use any more." in shown.text
    assert talk.snapshot() == before


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("nothing", ()),
        ("skip", ("x",)),
        ("skip", ("-1",)),
        ("skip", ("9" * 40,)),
        ("keep", ("0",)),
        ("accept", ("99",)),
        ("stone_kind", ("1", "luck")),
        ("stone_kind", ("1",)),
        ("stone_kind", ("99", "skill")),
        ("admin nudge remove", ("99",)),
        ("change_settings", ("a", "b", "c")),
    ],
)
async def test_odd_buttons_change_nothing(
    talk: Conversation, action: str, arguments: tuple[str, ...]
) -> None:
    before = talk.snapshot()
    for name in ("ben", "cora", "zoe"):
        shown = await talk.act(name, action, *arguments)
        assert "went wrong" not in shown.text
    assert talk.snapshot() == before
