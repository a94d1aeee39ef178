"""Lines in and out of a console that is not a terminal."""

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BufferedReader
from threading import Semaphore, Thread
from typing import TextIO

from adapters.console.directives import LONGEST_LINE

_MOST_BYTES = 4 * (LONGEST_LINE + 2)


async def piped_lines(descriptor: int = 0) -> AsyncIterator[str]:
    """The lines of a file, pipe or socket, without their ends; unreadable bytes are replaced.

    A line that is far too long comes cut, but still too long.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    wanted = Semaphore(0)

    # A thread of its own, and a daemon: reading can't be cancelled, and must not hold up the end.
    def pump() -> None:
        with open(descriptor, "rb", closefd=False) as stream:
            line = b"more"
            while line:
                wanted.acquire()
                line = _read_line(stream)
                try:
                    loop.call_soon_threadsafe(queue.put_nowait, line)
                except RuntimeError:  # the loop is closed
                    return

    Thread(target=pump, daemon=True).start()
    while True:
        wanted.release()
        line = await queue.get()
        if not line:
            return
        yield line.decode(errors="replace").rstrip("\r\n")


def _read_line(stream: BufferedReader) -> bytes:
    line = stream.readline(_MOST_BYTES)
    rest = line
    while rest and not rest.endswith(b"\n") and len(rest) == _MOST_BYTES:
        rest = stream.readline(_MOST_BYTES)
    return line


def plain_screen(stream: TextIO) -> Callable[[str], None]:
    """A screen that writes plain lines to a stream, each at once."""

    def show(line: str) -> None:
        encoding = stream.encoding or "utf-8"
        stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()

    return show
