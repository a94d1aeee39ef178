"""The way in: what a person does is asked or kept, and never lost between the two."""

from collections.abc import Callable

from adapters.console import sentences
from adapters.console.core import Asked, Core, Outcome
from adapters.console.journal import EventTaken, EventTold, FormLeft, FormOpened
from adapters.console.memory import direct
from adapters.console.platform import ConsolePlatform
from adapters.console.render import error_lines, form_lines, note
from bot.chat.incoming import FormSubmitted, Told
from bot.chat.outgoing import Form, FormErrors, Message
from bot.ports.inbox import InboxUnavailableError


class FrontDoor:
    """Tells the core what happened; `was_kept` is called when it is safe to say so."""

    def __init__(self, platform: ConsolePlatform, core: Core, was_kept: Callable[[], None]) -> None:
        """Stand between this platform and this core."""
        self._platform = platform
        self._core = core
        self._was_kept = was_kept

    async def tell(self, event: Told, typed: str) -> Outcome | None:
        """Show what can be answered now; else keep the event and let the core settle.

        `typed` is the line that the event was made from.
        """
        if isinstance(event, Asked):
            outcome = await self._core.asked(event)
            if outcome is not None:
                self._was_kept()
                self._show(event, outcome)
                return outcome
        self._platform.record(EventTold(event=event, typed=typed))
        taken = await self.hand_over()
        self._was_kept()
        if not taken:
            self._platform.show(note(sentences.NOT_KEPT))
        await self._core.settle()
        return None

    async def hand_over(self) -> bool:
        """Give the core every event that it has not taken yet, in order; whether it took all."""
        for event in tuple(self._platform.memory.pending.values()):
            try:
                await self._core.keep(event)
            except InboxUnavailableError:
                return False
            self._platform.record(EventTaken(event_id=event.event_id))
        return True

    def _show(self, event: Asked, outcome: Outcome) -> None:
        name = event.actor.account.native_id
        own = direct(name)
        match outcome:
            case Message():
                if isinstance(event, FormSubmitted):
                    self._platform.record(FormLeft(who=name))
                self._platform.say(own, outcome, private_to=name, asked_in=event.place)
            case FormErrors():
                self._platform.show_lines(own, error_lines(outcome))
            case Form():
                self._platform.record(FormOpened(who=name, form=outcome))
                values = self._platform.memory.forms[name].values()
                self._platform.show_lines(own, form_lines(outcome, values))
