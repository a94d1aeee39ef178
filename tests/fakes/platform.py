"""A platform to serve that has a chat and nothing else."""

from adapters.web.server import Routes
from bot.bootstrap.core import Cairn
from tests.fakes.chat import FakeChat


class FakePlatform:
    """A `Platform` that remembers what it was told to do."""

    def __init__(self, chat: FakeChat) -> None:
        self.chat = chat
        self.routes: Routes = ()
        self.problem: str | None = None
        self.is_present = False
        self.told: list[str] = []

    async def missing(self) -> str | None:
        return self.problem

    async def note_presence(self) -> None:
        self.is_present = True

    async def start(self, core: Cairn) -> None:
        self.told.append("start")

    async def stop(self) -> None:
        self.told.append("stop")

    async def close(self) -> None:
        self.told.append("close")
