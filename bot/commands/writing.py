"""Letters to a partner: the command and its form."""

from collections.abc import Sequence

from bot.chat.outgoing import Button, Buttons, Context, Message, Quote, Text
from bot.chat.wording import Wording
from bot.commands.table import Call
from bot.domain.errors import UserError
from bot.domain.membership import Membership
from bot.domain.mentoring import Pair
from bot.services import mentoring, writing


async def write(call: Call) -> Message:
    """Send a letter."""
    text, pair = call.args.text("text"), await _pair(call)
    posted = await writing.send(call.work, call.member, pair, text, call.now)
    say = call.say
    if posted.unreachable:
        return Message((Text(say("letter.unreachable", partner=posted.partner)), Quote(text)))
    return Message(
        (
            Text(say("letter.sent", partner=posted.partner)),
            Quote(text),
            Context(say("letter.kept")),
        )
    )


async def _pair(call: Call) -> Pair:
    number = call.args.maybe_number("pair")
    named = call.args.maybe_text("partner") if number is None else str(number)
    return await mentoring.pair_with(call.work, call.member, named)


async def form_intro(call: Call) -> str:
    """To whom it goes, and who will read it."""
    try:
        pair = await _pair(call)
    except UserError:
        # which pair it is, is asked in the form
        return call.say("letter.who_reads")
    to = call.say("letter.to", partner=pair.partner_name(call.member.id))
    return f"{to}\n{call.say('letter.who_reads')}"


def write_buttons(say: Wording, pairs: Sequence[Pair], member: Membership) -> tuple[Buttons, ...]:
    """A button to write to each partner; none without pairs."""
    buttons = tuple(
        Button(
            say("letter.write_to", partner=pair.partner_name(member.id)), "write", (str(pair.id),)
        )
        for pair in pairs
    )
    return (Buttons(buttons),) if buttons else ()
