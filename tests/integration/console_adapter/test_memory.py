"""The log is the platform's memory: restarts, crashes and damage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

import pytest

from adapters.console.journal import JournalError
from adapters.console.memory import TEAM, account, channel, direct
from adapters.console.platform import ConsoleChat, ConsolePlatform
from adapters.crypto.ring import KeyRingCipher, new_ring_key
from bot.chat.identity import AccountRef
from bot.chat.incoming import CommandGiven, MessageSaid
from bot.chat.outgoing import File, Message, Picture, Text
from bot.domain.delivery import Reason
from bot.ports.chat import ChatRefusedError, ChatUncertainError
from tests.integration.console_adapter.fake_core import (
    CIPHER,
    PROMPT,
    Console,
    FakeCore,
    PowerCutError,
)

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Opens = Callable[[], Console]


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_state_is_rebuilt_from_the_log(open_console: Opens, tmp_path: Path) -> None:
    (tmp_path / "f.bin").write_bytes(b"\xfe\xff")
    first = open_console()
    await first.play(
        "one",
        "two",
        ":edit zwei",
        f":attach {tmp_path / 'f.bin'}",
        "/cairn export",
        ":react heart",
        ":as dora",
        ":in #books",
        "/cairn reflect",
        ":fill text=half a thou",
        ":wait 2d",
    )
    second = open_console()
    assert second.platform.memory == first.platform.memory
    assert second.clock.now() == MONDAY + timedelta(days=2)
    assert second.clock.now().tzinfo is UTC


async def test_second_start_says_what_is_kept_and_where_you_are(
    open_console: Opens, core: FakeCore
) -> None:
    await open_console().play("one", ":as ana", ":dm")
    kept = len(core.kept)
    console = open_console()
    await console.app.begin()
    assert console.shown[0].endswith("Monday 2026-03-02 09:00 UTC, and you are ana in dm ana.")
    messages = len(console.platform.memory.entries)
    assert console.shown[1].startswith(f"-- {messages} messages are kept; :history shows")
    assert len(core.kept) == kept


async def test_events_not_taken_are_handed_over_again(open_console: Opens, core: FakeCore) -> None:
    console = open_console()
    await console.app.begin()
    core.unavailable = True
    await console.go_on("one", "/cairn status")
    core.unavailable = False
    again = open_console()
    await again.app.begin()
    said, asked = core.kept[-2:]
    assert isinstance(said, MessageSaid)
    assert isinstance(asked, CommandGiven)
    assert again.shown[-2] == "2026-03-02 09:00 dm ben | You said: status"
    assert not again.platform.memory.pending


async def test_an_event_kept_but_not_marked_comes_again_with_its_id(
    open_console: Opens, core: FakeCore
) -> None:
    console = open_console()
    await console.app.begin()
    core.dies_on_keep = len(core.kept) + 1
    with pytest.raises(PowerCutError):
        await console.go_on("one")
    assert not console.shown
    again = open_console()
    await again.play("two")
    texts = [event.text for event in core.kept if isinstance(event, MessageSaid)]
    assert texts == ["one", "two"]
    assert core.keeps.count(core.kept[-2].event_id) == 2


async def test_an_opening_that_was_cut_goes_on(open_console: Opens, tmp_path: Path) -> None:
    whole = FakeCore()
    console = Console(tmp_path / "whole" / "log", whole)
    await console.app.begin()
    console.close()
    for cut in range(1, len(whole.kept) + 1):
        core = FakeCore(dies_on_keep=cut)
        log = tmp_path / str(cut) / "log"
        console = Console(log, core)
        with pytest.raises(PowerCutError):
            await console.app.begin()
        console.close()
        again = Console(log, core)
        await again.app.begin()
        again.close()
        assert core.kept == whole.kept
        assert again.shown[0].endswith("09:00 UTC, and you are ben in #team.")


async def test_an_opening_cut_after_any_line_of_its_log_does_nothing_twice(
    tmp_path: Path,
) -> None:
    whole = FakeCore()
    console = Console(tmp_path / "whole", whole)
    await console.app.begin()
    console.close()
    lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
    for cut in range(len(lines)):
        core = FakeCore()
        log = tmp_path / f"cut-{cut}"
        log.write_bytes(b"".join(lines[:cut]))
        again = Console(log, core)
        already = [e.event_id for e in whole.kept[: again.platform.memory.events]]
        missing = list(again.platform.memory.pending)
        await again.app.begin()
        again.close()
        handed = [event.event_id for event in core.kept]
        done = [event_id for event_id in already if event_id not in missing]
        assert done + handed == [event.event_id for event in whole.kept]
        assert again.clock.now() == MONDAY


async def test_a_cut_last_line_is_dropped(open_console: Opens) -> None:
    console = open_console()
    await console.play("one")
    console.close()
    size = console.log.stat().st_size
    with console.log.open("ab") as log:
        log.write(b'{"event": {"event_id": "conso')
    again = open_console()
    assert again.platform.memory == console.platform.memory
    assert console.log.stat().st_size == size
    await again.play("two")
    assert open_console().platform.memory == again.platform.memory


@pytest.mark.parametrize("damage", [b"nonsense\n", b'{"record":"left"}\n', b"\x00" * 40])
async def test_a_last_line_of_nonsense_is_dropped(open_console: Opens, damage: bytes) -> None:
    console = open_console()
    await console.play("one")
    console.close()
    with console.log.open("ab") as log:
        log.write(damage)
    assert open_console().platform.memory == console.platform.memory


async def test_damage_in_the_middle_is_reported(open_console: Opens) -> None:
    console = open_console()
    await console.play("one")
    console.close()
    lines = console.log.read_bytes().splitlines(keepends=True)
    console.log.write_bytes(b"".join([*lines[:2], b"nonsense\n", *lines[2:]]))
    with pytest.raises(JournalError, match=r"^Line 3 of .* can't be read\. Move the folder away"):
        open_console()


async def test_two_demos_do_not_share_a_folder(console: Console, core: FakeCore) -> None:
    with pytest.raises(JournalError, match=r"^Another demo uses this folder"):
        Console(console.log, core)


def test_a_log_that_is_no_file_is_reported(tmp_path: Path, core: FakeCore) -> None:
    with pytest.raises(JournalError, match=r"can't be opened"):
        Console(tmp_path, core)


async def test_nothing_is_remembered_without_a_log(tmp_path: Path) -> None:
    shown: list[str] = []
    platform = ConsolePlatform(None, tmp_path / "out", shown.append, CIPHER)
    await ConsoleChat(platform).send(TEAM, PROMPT, 1)
    assert len(shown) == 2
    assert not files_under(tmp_path)


async def test_a_full_disk_is_uncertain_and_nothing_follows_it(console: Console) -> None:
    await console.app.begin()
    console.close()
    console.platform._journal._file = FileIO("/dev/full", "w")
    with pytest.raises(ChatUncertainError):
        await console.chat.send(TEAM, PROMPT, 1)
    assert await console.chat.find(TEAM, 1, MONDAY) is None
    with pytest.raises(JournalError, match="can't be written"):
        await console.go_on("one")
    assert not console.shown


async def test_what_was_sent_is_found_after_a_crash(open_console: Opens) -> None:
    console = open_console()
    await console.app.begin()
    sent = await console.chat.send(TEAM, PROMPT, 41)
    chat = open_console().chat
    assert await chat.find(TEAM, 41, MONDAY) == sent
    assert await chat.find(TEAM, 42, MONDAY) is None
    assert await chat.find(direct("ben"), 41, MONDAY) is None
    assert await chat.find(TEAM, 41, MONDAY + timedelta(seconds=1)) is None


async def test_places_that_do_not_exist_are_refused(console: Console) -> None:
    await console.app.begin()
    for place in (channel("nowhere"), direct("nobody")):
        with pytest.raises(ChatRefusedError) as refused:
            await console.chat.send(place, PROMPT, 1)
        assert (refused.value.reason, refused.value.closes_place) == (Reason.PLACE_GONE, True)
    for stranger in (account("nobody"), AccountRef("slack", "ben")):
        with pytest.raises(ChatRefusedError):
            await console.chat.answer(stranger, TEAM, None, PROMPT)
    assert await console.chat.open_direct(account("ben"), None) == direct("ben")


async def test_files_stay_inside_the_out_folder(console: Console, tmp_path: Path) -> None:
    await console.app.begin()
    names = ["../../escape.txt", "/etc/passwd", "..", "", "a\\b.txt", "\x1b[31mred", "n" * 400]
    files = tuple(File(name, b"x") for name in names)
    picture = Picture("journey.png", b"\x89PNG", "Three stones.")
    await console.chat.send(TEAM, Message((Text("Here."), picture), files), 1)
    out = tmp_path / "data" / "out"
    assert {path.parent for path in files_under(tmp_path) if path != console.log} == {out}
    assert len(files_under(out)) == len(names) + 1
    assert not (tmp_path / "escape.txt").exists()
    assert (out / "journey.png").read_bytes() == b"\x89PNG"
    lines = [CIPHER.unseal(line) for line in console.log.read_bytes().splitlines()]
    assert not [line for line in lines if b"iVBOR" in line]


async def test_an_out_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands here")
    shown: list[str] = []
    platform = ConsolePlatform(None, tmp_path / "out", shown.append, CIPHER)
    await ConsoleChat(platform).send(TEAM, Message((), (File("a.zip", b""),)), 1)
    assert shown == ["2026-02-27 15:00 #team | not saved: a.zip (File exists)"]


async def test_the_log_is_written_before_the_core_is_told(console: Console, core: FakeCore) -> None:
    await console.app.begin()
    core.dies_on_keep = len(core.kept) + 1
    with pytest.raises(PowerCutError):
        await console.go_on("one")
    assert core.kept[-1].event_id in console.platform.memory.pending
    last = CIPHER.unseal(console.log.read_bytes().splitlines()[-1])
    assert b'"text":"one"' in last


async def test_nobody_reads_the_log_without_the_keys(console: Console, core: FakeCore) -> None:
    await console.play("one little secret")
    assert b"secret" not in console.log.read_bytes()
    console.close()
    others = KeyRingCipher.from_keys([new_ring_key()])
    with pytest.raises(JournalError, match="written with other keys"):
        ConsolePlatform(console.log, console.log.parent / "out", console.shown.append, others)


def test_the_clock_never_goes_back(console: Console) -> None:
    with pytest.raises(ValueError, match="can't go back"):
        console.clock.move_to(console.clock.now() - timedelta(minutes=1))


def test_only_this_account_can_read_the_log(console: Console) -> None:
    assert console.log.stat().st_mode & 0o077 == 0
