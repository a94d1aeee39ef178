"""The way in: what Discord sends is asked or kept, and only then acknowledged."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import discord
import structlog
from discord import InteractionType

from adapters.discord import inbound, steps
from adapters.discord.core import Asked, Core
from adapters.discord.modal import to_modal
from adapters.discord.people import People
from adapters.discord.refusals import ALREADY_ANSWERED
from adapters.discord.render import Upload
from adapters.discord.steps import Between
from adapters.discord.submitted import FileTold
from adapters.discord.tickets import Acknowledgements, Ticket, is_between
from bot.chat.incoming import (
    MAX_ATTACHMENT,
    ActionTaken,
    Attachment,
    CommandGiven,
    FormSubmitted,
    Told,
)
from bot.chat.outgoing import Form, FormErrors
from bot.chat.wording import Wording, wording_for
from bot.domain.failures import outline
from bot.ports.clock import Clock

Interaction = discord.Interaction[Any]

DOWNLOAD_LIMIT = 1.5
"""Seconds that a file may take to come: within three the interaction must be acknowledged."""

KEEP_AGAIN = 5.0
"""Seconds between attempts to keep what the gateway told, which it tells only once."""

_log = structlog.get_logger(__name__)


class FrontDoor:
    """Everything that the gateway tells comes in here."""

    def __init__(
        self,
        core: Core,
        clock: Clock,
        people: People,
        acknowledgements: Acknowledgements,
    ) -> None:
        """Stand between a client and this core."""
        self._core = core
        self._clock = clock
        self._people = people
        self._acknowledgements = acknowledgements
        self.unkept = 0
        """How much of what was told could not be kept yet."""

    async def take(self, interaction: Interaction) -> None:
        """Take an interaction in, and answer or acknowledge it."""
        if interaction.type is InteractionType.autocomplete:
            await self._suggest(interaction)
            return
        ticket = Ticket.of(interaction, self._clock.now())
        event = inbound.to_told(interaction, ticket.at, str(ticket))
        if event is None:
            return
        self._people.seen(event.actor)
        try:
            await self._ask(interaction, event, ticket)
        except discord.HTTPException as error:
            _log.warning("interaction_not_answered", kind=event.kind, code=error.code)
        # Whatever went wrong, the event is not kept, and whoever sent it must hear that.
        except Exception as error:  # noqa: BLE001
            _log.error("event_not_kept", kind=event.kind, **outline(error))
            await self._say_not_kept(interaction, event)

    async def tell(self, event: Told | None) -> None:
        """Keep what was told; the gateway tells it only once, so try until it is kept."""
        if event is None:
            return
        self._people.seen(event.actor)
        self.unkept += 1
        try:
            while not await self._has_kept(event):  # noqa: ASYNC110 - nothing tells when it can
                await asyncio.sleep(KEEP_AGAIN)
        finally:
            self.unkept -= 1

    async def _has_kept(self, event: Told) -> bool:
        try:
            await self._core.keep(event)
        # The database may be away for a while, and then this must not be lost.
        except Exception as error:  # noqa: BLE001
            _log.error("event_not_kept", kind=event.kind, **outline(error))
            return False
        return True

    async def _suggest(self, interaction: Interaction) -> None:
        asked = inbound.to_suggestions(interaction)
        if asked is None:
            return
        try:
            options = await self._core.suggest(asked)
            await interaction.response.autocomplete(inbound.choices(options))
        # Without suggestions people can still type.
        except Exception as error:  # noqa: BLE001
            _log.warning("no_suggestions", **outline(error))

    async def _ask(self, interaction: Interaction, event: Asked, ticket: Ticket) -> None:
        say = _say(event)
        is_modal = interaction.type is InteractionType.modal_submit
        if isinstance(event, FormSubmitted) and event.unfinished and is_modal:
            await _show(interaction, steps.go_on(event, say))
            return
        if not isinstance(event, ActionTaken) and (file := inbound.file_of(interaction)):
            attachment = await _download(interaction, file)
            if attachment is None:
                await _refuse_file(interaction, event, say)
                return
            event = replace(event, attachment=attachment)
        match await self._core.asked(event):
            case FormErrors() as errors if isinstance(event, FormSubmitted):
                await _show(interaction, steps.correct(event, errors, say))
            case Form() as form if not is_modal:
                await self._open(interaction, form, event)
            case _:
                await self._keep(interaction, event, ticket)

    async def _open(self, interaction: Interaction, form: Form, event: Asked) -> None:
        try:
            modal = to_modal(form, self._people.name, steps.carried(interaction.message))
        except ValueError as error:
            _log.warning("form_not_opened", form=form.name, **outline(error))
            await _said(interaction, _say(event)("form.not_opened"))
            return
        await interaction.response.send_modal(modal)

    async def _keep(self, interaction: Interaction, event: Asked, ticket: Ticket) -> None:
        self._acknowledgements.expect(ticket.token)
        try:
            await self._core.keep(event)
            await _acknowledge(interaction, ticket)
        finally:
            self._acknowledgements.done(ticket.token)

    async def _say_not_kept(self, interaction: Interaction, event: Asked) -> None:
        say = _say(event)
        try:
            match event:
                case CommandGiven():
                    content = steps.words_back(say("event.not_kept"), _typed(event))
                    await _show(interaction, Between(content))
                case FormSubmitted():
                    await _show(interaction, steps.given_back(event, say, say("form.not_kept")))
                case ActionTaken():
                    await _said(interaction, say("event.not_kept"))
        # Discord itself then says that the interaction failed.
        except (discord.DiscordException, OSError) as error:
            _log.warning("not_kept_not_said", kind=event.kind, **outline(error))


async def _acknowledge(interaction: Interaction, ticket: Ticket) -> None:
    """Tell Discord that it was received; what is too late for that is kept all the same."""
    is_fresh = interaction.type is InteractionType.application_command or (
        interaction.type is InteractionType.modal_submit and interaction.message is None
    )
    try:
        await interaction.response.defer(ephemeral=ticket.private, thinking=is_fresh)
    except discord.HTTPException as error:
        if error.code != ALREADY_ANSWERED:
            _log.warning("interaction_not_acknowledged", code=error.code)
    # It was kept: the answer finds its own way.
    except Exception as error:  # noqa: BLE001
        _log.warning("interaction_not_acknowledged", **outline(error))


async def _show(interaction: Interaction, between: Between) -> None:
    """Show something to this person only, in place of what stood between two modals."""
    if interaction.type is InteractionType.modal_submit and is_between(interaction):
        await interaction.response.edit_message(
            content=between.content,
            embeds=between.embeds,
            view=between.view(),
            attachments=[_file(one) for one in between.files],
        )
        return
    await interaction.response.send_message(
        between.content,
        embeds=between.embeds,
        view=between.view() or discord.utils.MISSING,
        files=[_file(one) for one in between.files],
        ephemeral=True,
    )


async def _said(interaction: Interaction, sentence: str) -> None:
    await _show(interaction, Between(steps.words_back(sentence, "")))


async def _refuse_file(interaction: Interaction, event: Asked, say: Wording) -> None:
    sentence = say("form.file_not_taken")
    if isinstance(event, FormSubmitted):
        errors = FormErrors((("file", sentence),))
        await _show(interaction, steps.correct(event, errors, say))
    else:
        await _said(interaction, sentence)


async def _download(interaction: Interaction, file: FileTold) -> Attachment | None:
    """A file from Discord's own store; None if it is too big or does not come in time."""
    if file.size > MAX_ATTACHMENT:
        return None
    try:
        async with asyncio.timeout(DOWNLOAD_LIMIT):
            content = await interaction.client.http.get_from_cdn(file.url)
    # whatever was in the way, the person can try again
    except Exception as error:  # noqa: BLE001
        _log.warning("file_not_taken", **outline(error))
        return None
    return Attachment(file.name, content) if len(content) <= MAX_ATTACHMENT else None


def _file(upload: Upload) -> discord.File:
    return discord.File(io.BytesIO(upload.content), upload.name)


def _typed(event: CommandGiven) -> str:
    options = (f"{name}={value}" for name, value in event.options.items())
    return " ".join((event.words, *options))


def _say(event: Asked) -> Wording:
    return wording_for(event.actor.locale)
