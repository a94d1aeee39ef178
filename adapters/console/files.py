"""Files that Cairn hands over, written to a folder, and files that people attach."""

from collections.abc import Iterator
from pathlib import Path

from adapters.console import sentences
from adapters.console.render import clean
from bot.chat.incoming import MAX_ATTACHMENT, Attachment
from bot.chat.outgoing import Message, Picture
from bot.domain.errors import CairnError

_LONGEST_STEM = 120


class FileProblem(CairnError):
    """A file can't be attached; the text says why."""


class Outbox:
    """A folder that files are written to; nothing in it is overwritten, nothing outside touched."""

    def __init__(self, folder: Path) -> None:
        """Write to this folder, which is made with the first file."""
        self._folder = folder

    def save(self, message: Message) -> Iterator[str]:
        """Write a message's files and pictures; a line for each that says where it is."""
        for file in message.files:
            yield self._save(file.name, file.content)
        for block in message.blocks:
            if isinstance(block, Picture):
                yield self._save(block.name, block.png)

    def _save(self, name: str, content: bytes) -> str:
        safe = _safe(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return f"saved: {self._write(safe, content)}"
        except OSError as error:
            return f"not saved: {safe} ({error.strerror})"

    def _write(self, name: str, content: bytes) -> Path:
        first = self._folder / name
        path, number = first, 1
        while True:
            try:
                with path.open("xb") as file:
                    file.write(content)
            except FileExistsError:
                number += 1
                path = first.with_name(f"{first.stem}-{number}{first.suffix}")
            else:
                return path


def _safe(name: str) -> str:
    last = clean(name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not last.strip("."):
        return "file"
    path = Path(last)
    return path.stem[:_LONGEST_STEM] + path.suffix[:_LONGEST_STEM]


def read_attachment(written: str) -> Attachment:
    """The file at a path that someone typed. Raises FileProblem."""
    try:
        path = Path(written).expanduser()
        if not path.is_file():
            raise FileProblem(sentences.no_file(written))
        with path.open("rb") as file:
            content = file.read(MAX_ATTACHMENT + 1)
    except (OSError, RuntimeError, ValueError) as error:
        raise FileProblem(sentences.no_file(written)) from error
    name = clean(path.name)
    if len(content) > MAX_ATTACHMENT:
        raise FileProblem(sentences.file_too_large(name, MAX_ATTACHMENT))
    return Attachment(name, content)
