"""The prompt of a real terminal, with keys from a pipe."""

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from adapters.console.terminal import ConsoleCompleter, Terminal, show
from tests.integration.console_adapter.fake_core import Console

WORDS = (
    "help",
    "settings",
    "settings zone=",
    "settings cadence=",
    "mentor offer",
    "mentor offer topics=",
)


async def completions(console: Console, typed: str) -> list[str]:
    completer = ConsoleCompleter(console.platform.memory, console.core, WORDS)
    offered = completer.get_completions_async(Document(typed), CompleteEvent())
    return [typed[: len(typed) + c.start_position] + c.text async for c in offered]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (":hi", [":history "]),
        (":as a", [":as ana"]),
        (":in ", [":in #team"]),
        ("/ca", ["/cairn "]),
        ("/cairn me", ["/cairn mentor offer "]),
        ("/cairn settings c", ["/cairn settings cadence="]),
        ("just words", []),
    ],
)
async def test_what_is_offered(console: Console, typed: str, offered: list[str]) -> None:
    await console.app.begin()
    found = await completions(console, typed)
    assert [line for line in found if "Berlin" not in line and "old town" not in line] == offered


async def test_values_come_from_the_core(console: Console) -> None:
    assert await completions(console, "/cairn settings zone=E") == [
        "/cairn settings zone=Europe/Berlin",
        '/cairn settings zone="old town"',
    ]


async def test_fields_and_buttons_are_offered(console: Console) -> None:
    await console.play("/cairn status", "/cairn reflect")
    assert await completions(console, ":fill m") == [":fill mood="]
    assert await completions(console, ":press ") == [":press 1"]


@pytest.mark.parametrize("ending", ["\x03", "\x04"])
async def test_lines_end_with_ctrl_c_and_ctrl_d(console: Console, ending: str) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("hello\rbye\r" + ending)
        terminal = Terminal(console.platform.memory, console.core, WORDS)
        assert [line async for line in terminal.lines()] == ["hello", "bye"]


def test_lines_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        "-- a note",
        "2026-03-02 09:30 #team | [1] Answer",
        "2026-03-02 09:30 #team | <b>no markup</b>",
        "2026-03-02 09:30 #team ben> hello",
    ]
    with create_app_session(output=None):
        for line in lines:
            show(line)
    assert capsys.readouterr().out.splitlines() == lines
