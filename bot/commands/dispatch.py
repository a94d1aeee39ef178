"""From an event to its handler: who is it, may they, what did they mean, what is answered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import structlog

from bot.chat.identity import PlaceKind, PlaceRef
from bot.chat.incoming import (
    ActionTaken,
    Attachment,
    CommandGiven,
    Event,
    FormSubmitted,
    HomeOpened,
    Installed,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Person,
    PersonLeft,
    PersonSeen,
    Reacted,
    Removed,
    SuggestionsAsked,
    Told,
)
from bot.chat.outgoing import Form, FormErrors, Message, Option, Text
from bot.chat.wording import wording_for
from bot.commands import home, joining, reflecting
from bot.commands.arguments import Surroundings, local_today
from bot.commands.choosing import which_programme
from bot.commands.declared import COMMANDS_BY_NAME
from bot.commands.forms import form_errors, open_form, read_all
from bot.commands.meaning import Deed, Meant, meaning, meant_by
from bot.commands.recognition import recognise
from bot.commands.standing import unreachable_line
from bot.commands.suggestions import suggest
from bot.commands.table import Audience, Call, Command
from bot.domain.errors import UserError
from bot.domain.failures import outline
from bot.ports.calendar import Calendar
from bot.ports.chat import Chat, ChatError
from bot.ports.clock import Clock
from bot.ports.inbox import KeptEvent
from bot.ports.storage import Storage, UnitOfWork
from bot.services import installing
from bot.services import joining as joining_service
from bot.services import reflecting as answers

T = TypeVar("T", bound=Told)

_log = structlog.get_logger(__name__)

_TYPED_ALONE = {"help": "help", "pause": "pause", "stop": "pause"}
"""What is a command when it is all that someone types in the direct conversation."""


class Dispatcher:
    """The front door of the core."""

    def __init__(
        self, storage: Storage, clock: Clock, calendar: Calendar, chats: Mapping[str, Chat]
    ) -> None:
        """Take the outside world: storage, time, holidays, and a chat for each platform."""
        self._storage = storage
        self._clock = clock
        self._calendar = calendar
        self._chats = chats

    async def asked(self, event: Deed) -> Form | FormErrors | None:
        """Answer now: open a form, or say what is wrong with one. None: keep the event.

        Reads a little, stores nothing. Whatever is wrong with a command is said when it is
        handled.
        """
        try:
            meant = meaning(event)
            if meant.opens is not None:
                return await self._form(await self._introduced(event), meant, meant.opens)
            if isinstance(event, FormSubmitted):
                return await self._wrong_with(event, meant)
        except UserError:
            return None
        return None

    async def _wrong_with(self, event: FormSubmitted, meant: Meant) -> FormErrors | None:
        async with self._storage.reading() as work:
            call = await self._call(work, event, meant)
        _, errors = read_all(meant.command, meant.written, _around(call))
        return form_errors(call.say, errors) if errors else None

    async def _form(self, event: Deed, meant: Meant, command: Command) -> Form | None:
        async with self._storage.reading() as work:
            call = await self._call(work, event, meant)
            if call.who.choices:
                return None
            if not await _may_take_charge(call, meant.audience):
                _check_audience(call, meant.audience)
            args, _ = read_all(command, meant.written, _around(call))
            call = replace(call, args=args)
            if command.check:
                await command.check(call)
            return await open_form(command, call, meant.written)

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        """What fits while someone types the value of an argument."""
        command = COMMANDS_BY_NAME.get(asked.command)
        visible = [a for a in command.arguments if not a.hidden] if command else []
        argument = next((a for a in visible if a.name == asked.argument), None)
        if argument is None:
            return ()
        async with self._storage.reading() as work:
            return await suggest(work, argument, asked, self._clock.now())

    async def handle(self, kept: KeptEvent) -> tuple[Message, ...]:
        """Do what an event asks for, in one unit of work together with its inbox row.

        A person's mistake becomes a sentence and changes nothing else. Anything else raises, and
        the event is still to be handled.
        """
        try:
            event = await self._introduced(kept.event)
            direct = await self._direct(event)
            async with self._storage.work() as work:
                answer = await self._run(work, event, direct)
                given = () if answer is None else (answer,)
                await work.inbox.handled(kept.id, given)
                return given
        except UserError as error:
            async with self._storage.work() as work:
                call = await self._call(work, kept.event)
                given = (Message((Text(call.say(error.key, **error.values)),)),)
                await work.inbox.handled(kept.id, given)
                return given

    # Both before the unit of work: a transaction never waits for the network.

    async def _introduced(self, event: T) -> T:
        """The event with all that its platform tells of the actor, where that matters."""
        if not await self._must_know(event):
            return event
        try:
            chat = self._chats[event.platform]
            return replace(event, actor=await chat.person(event.actor, event.community))
        except ChatError as error:
            # what the event tells may do
            _log.warning("person_not_told", kind=event.kind, **outline(error))
            return event

    async def _must_know(self, event: Told) -> bool:
        if isinstance(event, Installed):
            return not event.by_host
        if not isinstance(event, Deed):
            return False
        meant = meaning(event)
        if meant.audience is Audience.COORDINATOR:
            async with self._storage.reading() as work:
                return await _is_without_coordinator(work, event)
        return (meant.opens or meant.command).opens_direct

    async def _direct(self, event: Told) -> PlaceRef | None:
        if not isinstance(event, Deed) or not meaning(event).command.opens_direct:
            return None
        return await self._chats[event.platform].open_direct(event.actor.account, event.community)

    async def _run(self, work: UnitOfWork, event: Told, direct: PlaceRef | None) -> Message | None:
        await _update(work, event.actor, self._now(event))
        match event:
            case CommandGiven() | ActionTaken() | FormSubmitted():
                meant = meaning(event)
                call = await self._call(work, event, meant)
                if await _may_take_charge(call, meant.audience):
                    await installing.take_charge(work, call.programme, event.actor)
                    call = await self._call(work, event, meant)
                answer = await _obey(replace(call, direct=direct), event, meant)
                return answer and await _with_what_fails(call, answer)
            case MessageSaid():
                return await self._hear(work, event)
            case MessageEdited() | MessageDeleted() | Reacted():
                await _follow(await self._call(work, event), event)
            case Installed(community=community) if community is not None:
                say = wording_for(event.actor.locale)
                installer = None if event.by_host else event.actor
                await installing.install(
                    work, community, event.community_name, installer, say.language
                )
                return None if event.by_host else joining.greeting(say, event.actor.name)
            case Removed(community=community) if community is not None:
                await installing.remove(work, community, event.at)
            case HomeOpened():
                return await home.page(await self._call(work, event))
            case PersonSeen() | PersonLeft() | Installed() | Removed():
                pass
        return None

    async def _hear(self, work: UnitOfWork, said: MessageSaid) -> Message | None:
        alone = said.text.strip().strip("/.!").lower()
        if said.place.kind is PlaceKind.DIRECT and alone in _TYPED_ALONE:
            meant = meant_by(COMMANDS_BY_NAME[_TYPED_ALONE[alone]])
            return await _run_command(await self._call(work, said, meant), meant)
        return await _keep(await self._call(work, said), said)

    async def _call(self, work: UnitOfWork, event: Event, meant: Meant | None = None) -> Call:
        who = await recognise(work, event, meant)
        member, account = who.membership, who.account
        say = wording_for(
            member.settings.language if member and member.settings else None,
            event.actor.locale or (account.locale if account else None),
            who.programme.language if who.programme else None,
        )
        return Call(
            work=work,
            event=event,
            who=who,
            now=self._now(event),
            say=say,
            calendar=self._calendar,
            chat=self._chats[event.platform],
        )

    def _now(self, event: Event) -> datetime:
        # an event may wait in the inbox; what a person did counts from when they did it
        return min(event.at, self._clock.now())


async def _update(work: UnitOfWork, told: Person, now: datetime) -> None:
    """Bring what is known of someone up to date; of strangers nothing is kept."""
    account = await work.accounts.find(told.account)
    if account and (account.name, account.zone, account.locale) != (
        told.name or account.name,
        told.zone or account.zone,
        told.locale or account.locale,
    ):
        await joining_service.follow(work, account, told, now)


async def _is_without_coordinator(work: UnitOfWork, event: Event) -> bool:
    programme = await work.programmes.of_community(event.community) if event.community else None
    return programme is not None and not await work.memberships.has_coordinator(programme.id)


async def _may_take_charge(call: Call, audience: Audience) -> bool:
    """Whether someone who runs the community wants to coordinate a programme that nobody does."""
    return (
        audience is Audience.COORDINATOR
        and call.event.actor.runs_community
        and await _is_without_coordinator(call.work, call.event)
    )


async def _with_what_fails(call: Call, answer: Message) -> Message:
    """The answer, with a quiet line for who sees it but can't be reached by anything else."""
    member = call.who.membership
    if member is None or call.event.place.kind is PlaceKind.DIRECT:
        return answer
    # as it is now: what was done may have opened the conversation again, or erased them
    known = await call.work.memberships.many([member.id])
    line = unreachable_line(call, known[member.id]) if member.id in known else None
    if line is None or line in answer.blocks:
        return answer
    return replace(answer, blocks=(*answer.blocks, line))


async def _obey(call: Call, event: Deed, meant: Meant) -> Message | None:
    if isinstance(event, ActionTaken):
        return await _run_command(replace(call, target=event.target), meant)
    return await _run_command(call, meant, event.attachment)


async def _run_command(
    call: Call, meant: Meant, attachment: Attachment | None = None
) -> Message | None:
    if call.who.choices:
        return await which_programme(call, meant)
    _check_audience(call, meant.audience)
    args, errors = read_all(meant.command, meant.written, _around(call))
    for error in errors.values():
        if error.key == "argument.missing":
            raise UserError("command.missing", usage=meant.command.usage(), **error.values)
        raise error
    call = replace(call, args=replace(args, attachment=attachment))
    if meant.handler is None:
        if meant.command.check:
            await meant.command.check(call)
        raise UserError("form.not_opened")
    return await meant.handler(call)


def _around(call: Call) -> Surroundings:
    community = call.event.community
    return Surroundings(
        platform=call.event.platform,
        community=community.native_id if community else None,
        today=local_today(call.now, call.who.zone),
    )


def _check_audience(call: Call, audience: Audience) -> None:
    member = call.who.membership
    match audience:
        case Audience.ANYONE:
            return
        case Audience.MEMBER:
            if member is None or member.joined_at is None:
                raise UserError("who.not_joined")
        case Audience.COORDINATOR:
            if member is None or not member.is_coordinator:
                raise UserError("who.not_coordinator")


async def _keep(call: Call, said: MessageSaid) -> Message | None:
    if said.place.kind is not PlaceKind.DIRECT:
        await answers.keep_thread_reply(call.work, call.who.membership, said)
        return None
    if not said.text.strip():
        return None
    _check_audience(call, Audience.MEMBER)
    kept = await answers.keep_typed(call.work, call.member, said)
    return reflecting.typed_message(call.say, kept) if kept else None


async def _follow(call: Call, event: MessageEdited | MessageDeleted | Reacted) -> None:
    match event:
        case MessageEdited():
            if call.who.account:
                await answers.follow_edit(call.work, call.who.account.id, event)
        case MessageDeleted():
            await answers.follow_deletion(call.work, call.who.membership, event)
        case Reacted():
            await answers.follow_reaction(call.work, call.who.membership, event)
