"""The program as a process: started from outside, fed with lines, and read."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from adapters.crypto.ring import KeyRingCipher

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "bot" / "library" / "prompts"
PATIENCE = 120
"""Seconds until a process that does not end counts as stuck."""

_SAID = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) (#[a-z0-9_-]+|dm [a-z0-9_.-]+) \| (.*)")
_TYPED = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d) (#[a-z0-9_-]+ [a-z0-9_.-]+|dm [a-z0-9_.-]+)> (?!  )(.*)"
)
_BESIDE_PROMPT = ("A reply in the thread is for everyone here", '"Answer" opens a form')


@dataclass(frozen=True)
class Ended:
    """How a process ended, and all that it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.split("\n")[:-1]

    @property
    def problems(self) -> list[str]:
        return problems(self.err)


@dataclass(frozen=True)
class SaidLine:
    """A line that Cairn said, with the moment and the place that it begins with."""

    at: str
    place: str
    text: str


def command(*words: str) -> list[str]:
    """What is executed for `cairn WORDS`."""
    return [sys.executable, "-m", "bot", *words]


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with these settings of Cairn and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAIRN_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(settings or {})}


def cairn(
    *words: str, cwd: Path, settings: Mapping[str, str] | None = None, given: bytes = b""
) -> Ended:
    """Run `cairn WORDS` to its end; `given` is its standard input."""
    ended = subprocess.run(
        command(*words),
        input=given,
        capture_output=True,
        cwd=cwd,
        env=environment(settings),
        timeout=PATIENCE,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def demo(lines: Iterable[str], *options: str, cwd: Path) -> Ended:
    """Run `cairn demo`, exports to the folder `out`, with these lines typed."""
    given = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
    return cairn("demo", "--out", "out", *options, cwd=cwd, given=given)


def said(lines: Iterable[str]) -> list[SaidLine]:
    """The lines that Cairn said, in order."""
    return [SaidLine(*found.groups()) for line in lines if (found := _SAID.fullmatch(line))]


def has_known_form(line: str) -> bool:
    """Whether a line was said by Cairn, typed by someone, or is a note of the console."""
    return bool(_SAID.fullmatch(line) or _TYPED.fullmatch(line) or line.startswith("-- "))


def problems(errors: str) -> list[str]:
    """What stands on the standard error of a demo, but for how far a long wait is."""
    return [line for line in errors.splitlines() if not line.startswith("-- It is ")]


def typed(line: str) -> str | None:
    """What was typed, if the line is an echo."""
    found = _TYPED.fullmatch(line)
    return found[3] if found else None


def prompts(lines: Iterable[str]) -> list[SaidLine]:
    """Every question that Cairn asked by itself, with its moment and place."""
    spoken = said(lines)
    return [
        line
        for line, beside in pairwise(spoken)
        if beside.text.startswith(_BESIDE_PROMPT) and beside.place == line.place
    ]


@cache
def library() -> dict[str, dict[str, str]]:
    """Every shipped prompt by its text, as an export names it."""
    found = {}
    for path in LIBRARY.glob("*.toml"):
        practice = tomllib.loads(path.read_text("utf-8"))
        for room in ("channel", "direct"):
            for key, text in practice[room].items():
                found[text] = {"id": key, "practice": practice["practice"], "text": text}
    return found


def exported(path: Path) -> tuple[dict[str, Any], str]:
    """The JSON and the Markdown of an export."""
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["cairn.json", "cairn.md"]
        return json.loads(archive.read("cairn.json")), archive.read("cairn.md").decode()


def journal(folder: Path) -> list[dict[str, Any]]:
    """The console's log, unsealed."""
    cipher = KeyRingCipher.from_keys((folder / "keys").read_text().split())
    lines = (folder / "console.log").read_bytes().splitlines()
    return [json.loads(cipher.unseal(line)) for line in lines]


def instant(written: str) -> datetime:
    """The moment at the head of a line."""
    return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
