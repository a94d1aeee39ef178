"""The demo killed again and again: no reply is lost, no prompt comes twice, none is left out."""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.e2e import program

SEEDS = (20260302, 20260309)
"""One world each, played at the same time."""

KILLS = 14
"""In each world."""

TAKEN = "-- Cairn has taken this line last: "

DAYS = [date(2026, 3, 2) + timedelta(days=days) for days in range(12)]
WORKDAYS = [day for day in DAYS if day.weekday() < 5]


def _day(day: date) -> list[str]:
    """What is typed on one day; every reply reads differently."""
    return [
        f":wait until {day} 08:30",
        ":as ana",
        ":dm",
        f"Ana's morning of {day}.",
        f":wait until {day} 09:40",
        ":as ben",
        ":in #team",
        f":reply Ben's word to the team on {day}.",
        f":wait until {day} 14:05",
        ":dm",
        f"Ben's afternoon of {day}.",
        f"Ben's second line of {day}.",
    ]


# The demo opens after the first morning.
LINES = [line for day in WORKDAYS for line in _day(day)][4:]
AT_LAST = [":as ben", "/cairn export", ":as ana", "/cairn export", ":quit"]
REPLIES = {
    "ana": [f"Ana's morning of {day}." for day in WORKDAYS[1:]],
    "ben": [
        text
        for day in WORKDAYS
        for text in (
            f"Ben's word to the team on {day}.",
            f"Ben's afternoon of {day}.",
            f"Ben's second line of {day}.",
        )
    ],
}
PROMPTS_DUE = (
    [(f"dm:{name}", "2026-02-27T15:00:00Z") for name in ("ana", "ben", "cora")]
    + [("team", f"{day}T09:30:00Z") for day in WORKDAYS]
    + [("dm:ana", f"{day}T08:00:00Z") for day in WORKDAYS]
    + [("dm:ben", f"{day}T{'14' if day.day < 8 else '13'}:00:00Z") for day in WORKDAYS]
    + [("dm:cora", f"2026-03-{day}T09:00:00Z") for day in ("02", "09")]
)
"""All from the opening to Friday 13 March at 14:05 UTC, as place and moment."""


@dataclass
class World:
    """A folder of a demo, and someone who types into one process after another.

    Whoever comes back goes on with the first line whose echo they have not seen, unless the first
    screen says that it was taken.
    """

    folder: Path
    chance: random.Random
    position: int = 0
    runs: list[list[str]] = field(default_factory=list)
    errors: str = ""
    killed_before_the_first_screen: int = 0
    killed_in_a_line: int = 0

    def play(self) -> "World":
        """Type all lines, with kills all along, then what comes last, undisturbed."""
        for kill in range(KILLS):
            # The first two kills meet a start on an empty folder.
            if kill < 2 or self.chance.random() < 0.25:
                self._kill_at_start()
            else:
                self._kill_while_typing(self.chance.randint(1, 2 * len(LINES) // KILLS))
        self._go_on(len(LINES))
        ended = program.demo(AT_LAST, "--data", "data", cwd=self.folder)
        self.runs.append(ended.lines)
        self.errors += ended.err
        assert ended.code == 0
        return self

    def _kill_at_start(self) -> None:
        with _Process(self.folder) as process:
            time.sleep(self.chance.uniform(0.05, 1.5))
        self._come_back_from(process)
        self.killed_before_the_first_screen += not process.lines()

    def _kill_while_typing(self, lines: int) -> None:
        with _Process(self.folder) as process:
            self._type(process, lines)
            if self.position < len(LINES):
                process.type(LINES[self.position])
            time.sleep(self.chance.choice([0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2]))
        if self.position < len(LINES) and process.is_acknowledged:
            self.position += 1
        else:
            self.killed_in_a_line += 1
        self._come_back_from(process)

    def _go_on(self, lines: int) -> None:
        with _Process(self.folder) as process:
            self._type(process, lines)
        self._come_back_from(process)

    def _type(self, process: "_Process", lines: int) -> None:
        screen = process.first_screen()
        if self.position < len(LINES) and TAKEN + LINES[self.position] in screen:
            self.position += 1
        for line in LINES[self.position : self.position + lines]:
            process.type(line)
            process.wait_for_echo()
            self.position += 1

    def _come_back_from(self, process: "_Process") -> None:
        self.runs.append(process.lines())
        self.errors += process.errors()


class _Process:
    """One run of the demo, killed at the end of the block; what it wrote is read from files."""

    def __init__(self, folder: Path) -> None:
        number = len(list(folder.glob("out-*")))
        self._out, self._err = folder / f"out-{number}", folder / f"err-{number}"
        self._typed = 0
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                program.command("demo", "--data", "data", "--out", "out"),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                bufsize=0,
                cwd=folder,
                env=program.environment(),
            )

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(program.PATIENCE)

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._typed += 1

    def lines(self) -> list[str]:
        """The whole lines written so far."""
        *whole, _ = self._out.read_bytes().split(b"\n")
        return [line.decode() for line in whole]

    def errors(self) -> str:
        return self._err.read_text("utf-8")

    @property
    def is_acknowledged(self) -> bool:
        """Whether every line that was typed has its echo."""
        return sum(program.typed(line) is not None for line in self.lines()) == self._typed

    def wait_for_echo(self) -> None:
        self._wait(lambda: self.is_acknowledged, "an echo")

    def first_screen(self) -> list[str]:
        end = ("-- /cairn status says", "-- /cairn help shows")
        self._wait(lambda: any(s.startswith(end) for s in self.lines()), "the first screen")
        return self.lines()

    def _wait(self, is_there: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + program.PATIENCE
        while not is_there():
            assert self._process.poll() is None, f"ended before {what}: {self.errors()}"
            assert time.monotonic() < end, f"{what} did not come"
            time.sleep(0.003)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    started = [World(tmp_path_factory.mktemp("world"), random.Random(seed)) for seed in SEEDS]
    with ThreadPoolExecutor(len(started)) as threads:
        return list(threads.map(World.play, started))


def test_kills_meet_the_start_and_the_work(worlds: list[World]) -> None:
    assert sum(world.killed_before_the_first_screen for world in worlds) >= 2
    assert sum(world.killed_in_a_line for world in worlds) >= 2
    assert [program.problems(world.errors) for world in worlds] == [[]] * len(worlds)


@pytest.mark.parametrize("name", sorted(REPLIES))
def test_every_acknowledged_reply_is_exported_exactly_once(worlds: list[World], name: str) -> None:
    for world in worlds:
        (path,) = (world.folder / "out").glob(f"cairn-export-{name}-*.zip")
        document, _ = program.exported(path)
        texts = [part["text"] for each in document["reflections"] for part in each["parts"]]
        assert Counter(texts) == Counter(REPLIES[name])


def test_every_prompt_is_sent_once_and_at_its_minute(worlds: list[World]) -> None:
    for world in worlds:
        delivered = [
            record
            for record in program.journal(world.folder / "data")
            if record["record"] == "said" and record["delivery_id"] is not None
        ]
        numbers = Counter(record["delivery_id"] for record in delivered)
        assert set(numbers.values()) == {1}
        came = [(record["place"]["native_id"], record["at"]) for record in delivered]
        assert Counter(came) == Counter(PROMPTS_DUE)


def test_no_prompt_is_shown_twice(worlds: list[World]) -> None:
    for world in worlds:
        shown = [(line.place, line.at) for run in world.runs for line in program.prompts(run)]
        assert max(Counter(shown).values()) == 1
