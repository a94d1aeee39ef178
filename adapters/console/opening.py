"""The small living community that a demo opens with, made through the same front door."""

from collections.abc import Awaitable, Callable

from adapters.console.front_door import FrontDoor
from adapters.console.journal import OpeningReached, PersonCame
from adapters.console.memory import COMMUNITY, direct
from adapters.console.platform import ConsolePlatform
from bot.chat.incoming import Installed

ZONES = {"cora": "Europe/London", "ana": "Europe/Berlin", "ben": "America/New_York"}
COORDINATOR = "cora"
COMMUNITY_NAME = "Demo"
LINES = (
    ":as cora",
    "/cairn start zone=Europe/London cadence=weekly",
    ":as ana",
    "/cairn start zone=Europe/Berlin",
    '/cairn mentor offer topics="python, writing, career change" capacity=2',
    ":as ben",
    "/cairn start zone=America/New_York",
    ":as cora",
    '/cairn admin nudge add channel=#team when="every weekday 09:30" zone=UTC',
    ":as ben",
    ":wait until 2026-03-02 09:00",
)


class Opening:
    """Plays the script, and goes on where a crash cut it.

    Each step is marked before it is done, with the number of events so far. If there is an event
    more when it is taken up again, that step's event is in the log and is handed over with all
    that were not taken; any other step can be done twice without harm.
    """

    def __init__(
        self,
        platform: ConsolePlatform,
        door: FrontDoor,
        act: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Play on this platform; `act` does what one typed line says."""
        self._platform = platform
        self._door = door
        self._act = act

    @property
    def is_over(self) -> bool:
        """Whether it has been played to its end."""
        return self._platform.memory.opening.step is None

    async def play(self) -> None:
        """Do the steps that are not done yet."""
        memory = self._platform.memory
        for name, zone in ZONES.items():
            if name not in memory.people:
                self._platform.record(PersonCame(name=name, zone=zone))
        await self._door.hand_over()
        reached = memory.opening
        first = (reached.step or 0) + (memory.events > reached.events)
        for step in range(first, len(LINES) + 1):
            self._platform.record(OpeningReached(step=step, events=memory.events))
            await self._do(step)
        self._platform.record(OpeningReached(step=None, events=memory.events))

    async def _do(self, step: int) -> None:
        if step > 0:
            await self._act(LINES[step - 1])
            return
        memory = self._platform.memory
        installed = Installed(
            event_id=memory.next_event_id(),
            at=memory.now,
            actor=memory.person(COORDINATOR),
            place=direct(COORDINATOR),
            community=COMMUNITY,
            community_name=COMMUNITY_NAME,
        )
        await self._door.tell(installed, "")
