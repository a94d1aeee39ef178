"""Lines through real files and pipes."""

import io
import os
from pathlib import Path

import pytest

from adapters.console.directives import LONGEST_LINE, Unreadable, read
from adapters.console.lines import piped_lines, plain_screen


async def lines_of(content: bytes, folder: Path) -> list[str]:
    path = folder / "transcript"
    path.write_bytes(content)
    with path.open("rb") as file:
        return [line async for line in piped_lines(file.fileno())]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\n\r\ntwo", ["one", "", "two"]),
        (b"caf\xe9 \xf0\x9f\x8c\xb1\n", ["caf\N{REPLACEMENT CHARACTER} \N{SEEDLING}"]),
    ],
)
async def test_lines_of_a_file(content: bytes, lines: list[str], tmp_path: Path) -> None:
    assert await lines_of(content, tmp_path) == lines


async def test_a_line_that_is_far_too_long_is_still_one_line(tmp_path: Path) -> None:
    long = "\N{SEEDLING}" * (LONGEST_LINE * 3)
    first, second = await lines_of(f"{long}\nshort\n".encode(), tmp_path)
    assert LONGEST_LINE < len(first) < len(long)
    assert isinstance(read(first), Unreadable)
    assert second == "short"


async def test_the_longest_line_comes_whole(tmp_path: Path) -> None:
    long = "\N{SEEDLING}" * LONGEST_LINE
    assert await lines_of(f"{long}\r\nshort".encode(), tmp_path) == [long, "short"]


async def test_lines_of_a_pipe_come_as_they_are_written() -> None:
    reader, writer = os.pipe()
    try:
        lines = piped_lines(reader)
        os.write(writer, b"one\n")
        assert await anext(lines) == "one"
        os.write(writer, b"two")
        os.close(writer)
        assert [line async for line in lines] == ["two"]
    finally:
        os.close(reader)


def test_a_screen_that_knows_few_letters_still_shows_the_line() -> None:
    written = io.BytesIO()
    screen = io.TextIOWrapper(written, encoding="ascii")
    plain_screen(screen)("caf\xe9")
    assert written.getvalue() == b"caf?\n"
