"""People who talk with Cairn: the whole core over fakes, spoken to through its front door."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import (
    ActionTaken,
    Attachment,
    CommandGiven,
    FormSubmitted,
    Installed,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Person,
    Reacted,
    SuggestionsAsked,
    TargetMessage,
    Told,
)
from bot.chat.outgoing import (
    Button,
    Buttons,
    File,
    Form,
    FormErrors,
    Message,
    Option,
    Select,
)
from bot.commands.dispatch import Dispatcher
from bot.commands.meaning import Deed
from bot.commands.worker import InboxWorker
from bot.domain.dates import read_duration
from bot.domain.membership import Membership
from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room
from bot.services.composing import Composer
from bot.services.housekeeping import Housekeeping
from scheduler.courier import Courier
from scheduler.planner import Planner
from tests.fakes.calendar import FakeCalendar
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.inbox import InMemoryInbox
from tests.fakes.storage import InMemoryStorage

PLATFORM = "fake"
TOWN = CommunityRef(PLATFORM, "town")
ABROAD = "abroad"
HARBOUR = CommunityRef(ABROAD, "harbour")
"""A community on another platform, whose direct conversations lie in no community."""

TEAM = "#team"
ZONES = {"cora": "Europe/London", "ana": "Europe/Berlin", "ben": "America/New_York"}

LIBRARY = (
    LibraryPrompt("learning.note", Practice.LEARNING, Room.DIRECT, "What did you look up?"),
    LibraryPrompt("purpose.why", Practice.PURPOSE, Room.DIRECT, "Who had an easier day?"),
    LibraryPrompt("values.pay", Practice.VALUES, Room.DIRECT, "What does it pay you?"),
    LibraryPrompt("network.ask", Practice.NETWORK, Room.CHANNEL, "Whom could you ask?"),
    LibraryPrompt("learning.tool", Practice.LEARNING, Room.CHANNEL, "Which tool do you like?"),
    LibraryPrompt("values.proud", Practice.VALUES, Room.CHANNEL, "What are you glad about?"),
)


@dataclass(frozen=True)
class Shown:
    """What one act showed to the person who did it."""

    messages: tuple[Message, ...] = ()
    form: Form | None = None
    errors: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def text(self) -> str:
        """All of it in plain text."""
        return "\n".join(message.plain() for message in self.messages)

    @property
    def files(self) -> tuple[File, ...]:
        """Every file handed over."""
        return tuple(file for message in self.messages for file in message.files)

    @property
    def labels(self) -> list[str]:
        """The labels of all buttons."""
        return [button.label for message in self.messages for button in buttons_of(message)]


class _Common(TypedDict):
    event_id: str
    at: datetime
    actor: Person
    place: PlaceRef
    community: CommunityRef | None


def buttons_of(message: Message) -> list[Button]:
    """All buttons of a message, in order."""
    rows = [block.buttons for block in message.blocks if isinstance(block, Buttons)]
    return [button for row in rows for button in row]


def account(name: str, platform: str = PLATFORM) -> AccountRef:
    """Someone's account."""
    return AccountRef(platform, name)


def direct(name: str, platform: str = PLATFORM) -> PlaceRef:
    """Someone's own conversation with Cairn."""
    where = TOWN.native_id if platform == PLATFORM else None
    return PlaceRef(platform, f"direct-{name}", PlaceKind.DIRECT, where)


def channel(name: str = TEAM) -> PlaceRef:
    """A channel of the town."""
    return PlaceRef(PLATFORM, name.removeprefix("#"), PlaceKind.CHANNEL, TOWN.native_id)


class Conversation:
    """A town in which Cairn was just installed by cora.

    `zones`, `locales`, `names` and `communities` are what the platform tells of people; `views`
    has everything that each person or channel was shown, in order, `told` every event. Who is in
    `emigrants` is on the other platform, `abroad`.
    """

    def __init__(self, storage: InMemoryStorage | None = None) -> None:
        self.clock = FakeClock()
        self.storage = storage or InMemoryStorage()
        self.chat = FakeChat(self.clock, PLATFORM)
        self.inbox = InMemoryInbox(self.storage, self.clock)
        self.abroad = FakeChat(self.clock, ABROAD)
        calendar, chats = FakeCalendar(), {PLATFORM: self.chat, ABROAD: self.abroad}
        self.dispatcher = Dispatcher(self.storage, self.clock, calendar, chats)
        self.worker = InboxWorker(self.inbox, self.dispatcher, chats, self.clock, "me")
        self.planner = Planner(self.storage, self.clock, calendar)
        self.couriers = [
            Courier(self.storage, self.clock, chat, Composer(), "me") for chat in chats.values()
        ]
        self.housekeeping = Housekeeping(self.storage, self.clock)
        self.zones: dict[str, str] = {}
        self.locales: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.communities: dict[str, CommunityRef | None] = {}
        self.views: defaultdict[str, list[Message]] = defaultdict(list)
        self.forms: dict[str, Form] = {}
        self.told: list[Told] = []
        self._count = 0
        self.emigrants: set[str] = set()
        self._seen = {chat.platform: (0, 0) for chat in chats.values()}

    @classmethod
    async def begin(cls, *names: str, storage: InMemoryStorage | None = None) -> "Conversation":
        """A town with a library, in which these people have joined."""
        talk = cls(storage)
        async with talk.storage.work() as work:
            await work.prompts.publish(LIBRARY, talk.clock.now())
        await talk.tell(Installed(**talk._common("cora", direct("cora")), community_name="Town"))
        for name in names:
            await talk.command(name, f"start zone={ZONES.get(name, 'UTC')}")
        return talk

    async def found_harbour(self, *names: str) -> None:
        """Dora installs Cairn in the harbour, on the other platform; these people join there."""
        self.emigrants.update({"dora", *names})
        common = self._common("dora", direct("dora", ABROAD))
        await self.tell(Installed(**common, community_name="Harbour"))
        for name in names:
            await self.command(name, f"start zone={ZONES.get(name, 'UTC')}")

    # what people do

    async def command(
        self, name: str, words: str, place: PlaceRef | None = None, file: File | None = None
    ) -> Shown:
        """Someone types `/cairn words`; a form that opens is theirs to fill."""
        attachment = Attachment(file.name, file.content) if file else None
        event = CommandGiven(**self._common(name, place), words=words, attachment=attachment)
        return await self._deed(name, event)

    async def press(self, name: str, label: str, on: str | None = None) -> Shown:
        """Someone presses the latest button with this label, of their own or of a channel."""
        place = channel(on) if on else None
        pressed = self.button(on or name, label)
        event = ActionTaken(
            **self._common(name, place), name=pressed.action, arguments=pressed.arguments
        )
        return await self._deed(name, event)

    async def act(self, name: str, action: str, *arguments: str) -> Shown:
        """Someone presses a button that may not be in front of them."""
        event = ActionTaken(**self._common(name), name=action, arguments=arguments)
        return await self._deed(name, event)

    async def menu(
        self, name: str, action: str, message: MessageRef, author: str, text: str
    ) -> Shown:
        """Someone chooses an entry of a message's menu."""
        target = TargetMessage(message, account(author), text)
        common = self._common(name, message.place)
        return await self._deed(name, ActionTaken(**common, name=action, target=target))

    async def fill(self, name: str, *, unfinished: bool = False, **values: str) -> Shown:
        """Someone changes these values of the form that they opened last, and sends it in.

        With `unfinished` they want to see it again.
        """
        form = self.forms[name]
        filled = {one.name: one.initial for one in form.fields} | values
        event = FormSubmitted(
            **self._common(name),
            name=form.name,
            values=filled,
            hidden=dict(form.hidden),
            unfinished=unfinished,
        )
        return await self._deed(name, event)

    async def says(
        self,
        name: str,
        text: str,
        *,
        place: PlaceRef | None = None,
        thread: MessageRef | None = None,
    ) -> Shown:
        """Someone says something in their own conversation, or where and under what is told."""
        return await self.tell(self.said(name, text, place=place, thread=thread))

    def said(
        self,
        name: str,
        text: str,
        *,
        place: PlaceRef | None = None,
        thread: MessageRef | None = None,
    ) -> MessageSaid:
        """What someone says now, not told yet; `last` names the message."""
        place = place or (thread.place if thread else direct(name, self._platform(name)))
        self._count += 1
        self.last = MessageRef(place, f"said-{self._count}")
        return MessageSaid(**self._common(name, place), message=self.last, text=text, thread=thread)

    async def edits(self, name: str, message: MessageRef, text: str) -> Shown:
        """Someone changes their message."""
        common = self._common(name, message.place)
        return await self.tell(MessageEdited(**common, message=message, text=text))

    async def deletes(
        self, name: str, message: MessageRef, thread: MessageRef | None = None
    ) -> Shown:
        """Someone deletes their message."""
        common = self._common(name, message.place)
        return await self.tell(MessageDeleted(**common, message=message, thread=thread))

    async def reacts(
        self, name: str, message: MessageRef, reaction: str = "+1", *, added: bool = True
    ) -> Shown:
        """Someone reacts to a message, or takes that back."""
        common = self._common(name, message.place)
        return await self.tell(Reacted(**common, message=message, name=reaction, added=added))

    async def choose(self, name: str, label: str) -> Shown:
        """Someone chooses from the latest select that they were shown."""
        blocks = [block for message in self.views[name] for block in message.blocks]
        select = [block for block in blocks if isinstance(block, Select)][-1]
        chosen = next(option.value for option in select.options if option.label == label)
        arguments = (*select.arguments, chosen)
        event = ActionTaken(**self._common(name), name=select.action, arguments=arguments)
        return await self._deed(name, event)

    async def asks_to_mentor(self, name: str, other: str) -> Shown:
        """Someone chooses *Ask to mentor me* in another person's menu."""
        target = account(other, self._platform(other))
        event = ActionTaken(**self._common(name), name="ask", target_person=target)
        return await self._deed(name, event)

    async def suggestions(self, command: str, argument: str, typed: str) -> tuple[Option, ...]:
        """Ben types an argument's value."""
        return await self.dispatcher.suggest(
            SuggestionsAsked(
                actor=self.person("ben"),
                community=self.communities.get("ben", TOWN),
                command=command,
                argument=argument,
                typed=typed,
            )
        )

    async def later(self, length: str) -> None:
        """Time passes; everything that falls due meanwhile happens, in order."""
        end = self.clock.now() + read_duration(length)
        while (moment := await self._next_at()) is not None and moment <= end:
            self.clock.at = moment
            await self.settle()
        self.clock.at = end
        await self.settle()

    async def tell(self, event: Told) -> Shown:
        """The platform tells of an event, and all that follows from it happens."""
        await self.inbox.keep(event)
        self.told.append(event)
        before = len(self.views[event.actor.account.native_id])
        await self.settle()
        return Shown(tuple(self.views[event.actor.account.native_id][before:]))

    async def settle(self) -> None:
        """Everything that is due now happens."""
        while await self._settle_once():
            pass
        await self.housekeeping.run()
        self._look()

    async def _settle_once(self) -> int:
        done = await self.worker.drain() + await self.planner.run()
        return done + sum([await courier.run() for courier in self.couriers])

    # what can be looked at

    def button(self, view: str, label: str) -> Button:
        """The latest button with this label that a person or a channel was shown."""
        shown = [one for message in self.views[view] for one in buttons_of(message)]
        return next(one for one in reversed(shown) if one.label == label)

    def post(self, on: str = TEAM) -> MessageRef:
        """The last message that Cairn posted in a channel, or sent to someone."""
        place = channel(on) if on.startswith("#") else direct(on)
        return [one.ref for one in self.chat.sent if one.ref.place == place][-1]

    def texts(self, view: str) -> list[str]:
        """Everything that a person or a channel was shown, in plain text."""
        return [message.plain() for message in self.views[view]]

    def prompts(self, name: str) -> list[str]:
        """The questions that a person or a channel was sent, in order."""
        questions = {prompt.text for prompt in LIBRARY}
        return [line for text in self.texts(name) if (line := text.split("\n")[0]) in questions]

    async def member(self, name: str) -> Membership:
        """Someone's membership."""
        async with self.storage.reading() as work:
            known = await work.accounts.find(account(name, self._platform(name)))
            here = HARBOUR if name in self.emigrants else TOWN
            programme = await work.programmes.of_community(here)
            assert known is not None
            assert programme is not None
            found = await work.memberships.find(known.id, programme.id)
            assert found is not None
            return found

    async def kept(self, name: str) -> list[str]:
        """Someone's reflections."""
        author = (await self.member(name)).account_id
        async with self.storage.reading() as work:
            return [reflection.text for reflection in await work.reflections.of_author(author)]

    def snapshot(self) -> dict[str, str]:
        """All that is stored, apart from the inbox, to be compared."""
        return {
            f"{repository}.{name}": repr(rows)
            for repository, fake in vars(self.storage.unit).items()
            if repository != "inbox"
            for name, rows in vars(fake).items()
            if isinstance(rows, dict | set)
        }

    def person(self, name: str) -> Person:
        """Someone as the platform tells of them."""
        return Person(
            account(name, self._platform(name)),
            self.names.get(name, name),
            self.zones.get(name),
            self.locales.get(name),
        )

    def _common(self, name: str, place: PlaceRef | None = None) -> _Common:
        self._count += 1
        return _Common(
            event_id=f"event-{self._count}",
            at=self.clock.now(),
            actor=self.person(name),
            place=place or direct(name, self._platform(name)),
            community=self.communities.get(name, HARBOUR if name in self.emigrants else TOWN),
        )

    def _platform(self, name: str) -> str:
        return ABROAD if name in self.emigrants else PLATFORM

    async def _deed(self, name: str, event: Deed) -> Shown:
        match await self.dispatcher.asked(event):
            case Form() as form:
                self.forms[name] = form
                return Shown(form=form)
            case FormErrors(errors=errors):
                return Shown(errors=dict(errors))
            case None:
                return await self.tell(event)

    async def _next_at(self) -> datetime | None:
        now = self.clock.now()
        async with self.storage.reading() as work:
            due = await work.deliveries.next_at(now)
            rows = work.inbox.rows.values()
            waiting = [row.act_at for row in rows if row.content is not None and row.act_at > now]
        return min([*waiting, *([due] if due else [])], default=None)

    def _look(self) -> None:
        for chat in (self.chat, self.abroad):
            self._look_at(chat)

    def _look_at(self, chat: FakeChat) -> None:
        answers_seen, sent_seen = self._seen[chat.platform]
        for answer in chat.answers[answers_seen:]:
            self.views[answer.actor.native_id].append(answer.message)
        for sent in chat.sent[sent_seen:]:
            place = sent.ref.place
            is_direct = place.kind is PlaceKind.DIRECT
            view = place.native_id.removeprefix("direct-") if is_direct else f"#{place.native_id}"
            self.views[view].append(sent.message)
        self._seen[chat.platform] = len(chat.answers), len(chat.sent)
