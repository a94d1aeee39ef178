"""The console in a real terminal: a prompt that shows who and where, colours, completion."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style

from adapters.console.core import Core
from adapters.console.directives import READERS
from adapters.console.memory import COMMUNITY, Memory
from adapters.console.render import choices, clean, echo
from bot.chat.incoming import SuggestionsAsked
from bot.domain.errors import CairnError

STYLE = Style.from_dict(
    {"note": "ansibrightblack", "who": "ansicyan", "choice": "bold", "quote": "italic"}
)
_COMMAND = "/cairn "
_BAR = " | "
_VALUE = re.compile(r'(?:^|\s)([a-z_]+)=("[^"]*|[^\s"]*)$')
_FREE_WORD = re.compile(r"(?:^|\s)([^\s=]*)$")


def show(line: str) -> None:
    """Show one line of the console in colour; a screen for `ConsolePlatform`."""
    print_formatted_text(FormattedText(_coloured(line)), style=STYLE)


def _coloured(line: str) -> StyleAndTextTuples:
    if line.startswith("-- "):
        return [("class:note", line)]
    start, bar, said = line.partition(_BAR)
    if not bar:
        return [("", line)]
    marks = {"[": "class:choice", ">": "class:quote"}
    return [("class:who", start + bar), (marks.get(said[:1], ""), said)]


class Terminal:
    """Reads lines from the person at the keyboard.

    `words` are command names such as `mentor offer`, and their arguments as `mentor offer
    topics=`. The lines typed are kept for this run only: they may be what nobody else should read.
    """

    def __init__(self, memory: Memory, core: Core, words: Sequence[str]) -> None:
        """Open a session on this process's terminal."""
        self._memory = memory
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(), completer=ConsoleCompleter(memory, core, words), style=STYLE
        )

    async def lines(self) -> AsyncIterator[str]:
        """What is typed, until Ctrl-D or Ctrl-C; what is shown meanwhile stands above it."""
        while True:
            try:
                with patch_stdout(raw=True):
                    line = await self._session.prompt_async(self._prompt)
            except (EOFError, KeyboardInterrupt):
                return
            yield line

    def _prompt(self) -> StyleAndTextTuples:
        memory = self._memory
        return [("class:who", echo(memory.now, memory.where, memory.who, ""))]


class ConsoleCompleter(Completer):
    """Completes directives from what the console remembers, commands from the core."""

    def __init__(self, memory: Memory, core: Core, words: Sequence[str]) -> None:
        """Offer these `words` after `/cairn`."""
        self._memory = memory
        self._core = core
        self._names = [word for word in words if not word.endswith("=")]
        self._arguments = [word for word in words if word.endswith("=")]

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Nothing: the core is asked asynchronously."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What could stand before the cursor."""
        typed = document.text_before_cursor
        if typed.startswith(_COMMAND):
            offered = await self._in_command(typed.removeprefix(_COMMAND))
        elif typed.startswith(":"):
            offered = self._in_directive(typed)
        else:
            offered = _offer(["/cairn "], typed) if typed.startswith("/") else []
        for completion in offered:
            yield completion

    def _in_directive(self, typed: str) -> list[Completion]:
        word, space, rest = typed.partition(" ")
        if not space:
            return _offer([f":{name} " for name in READERS], typed)
        return _offer(self._values(word), rest)

    def _values(self, word: str) -> Iterable[str]:
        memory = self._memory
        match word:
            case ":as":
                return memory.people
            case ":in":
                return [f"#{name}" for name in sorted(memory.channels)]
            case ":fill" if memory.who in memory.forms:
                return [f"{field.name}=" for field in memory.forms[memory.who].form.fields]
            case ":press":
                return self._pressable()
            case _:
                return ()

    def _pressable(self) -> list[str]:
        for entry in self._memory.latest_seen(self._memory.who, self._memory.where):
            if entry.message is not None and (found := choices(entry.message)):
                return [str(choice.number) for choice in found]
        return []

    async def _in_command(self, typed: str) -> list[Completion]:
        begun = [name for name in self._names if typed.startswith(f"{name} ")]
        names = _offer([f"{name} " for name in self._names], typed)
        if not begun:
            return names
        command = max(begun, key=len)
        rest = typed.removeprefix(command)
        arguments = [
            word.removeprefix(f"{command} ")
            for word in self._arguments
            if word.startswith(f"{command} ") and " " not in word.removeprefix(f"{command} ")
        ]
        if value := _VALUE.search(rest):
            return names + await self._suggested(command, value[1], value[2])
        if (word := _FREE_WORD.search(rest)) is None:
            return names
        free = await self._suggested(command, arguments[0][:-1], word[1]) if arguments else []
        return names + _offer(arguments, word[1]) + free

    async def _suggested(self, command: str, argument: str, typed: str) -> list[Completion]:
        asked = SuggestionsAsked(
            actor=self._memory.person(self._memory.who),
            community=COMMUNITY,
            command=command,
            argument=argument,
            typed=typed.removeprefix('"'),
        )
        try:
            options = await self._core.suggest(asked)
        except CairnError:
            return []
        return [
            Completion(_quoted(option.value), -len(typed), display=clean(option.label))
            for option in options
        ]


def _offer(words: Iterable[str], typed: str) -> list[Completion]:
    return [Completion(word, -len(typed)) for word in words if word.startswith(typed)]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
