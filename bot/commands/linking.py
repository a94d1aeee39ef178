"""Commands of coordinators who bring two programmes together."""

from bot.chat.outgoing import Block, Button, Buttons, Context, Message, Text
from bot.commands.table import Call
from bot.domain.linking import CODE_FOR
from bot.services import linking
from bot.services.notices import linked, question_about


async def link(call: Call) -> Message:
    """Make a code, enter one, or decide about a programme that asks."""
    code = call.args.maybe_text("code")
    if code:
        return await _enter(call, code)
    asked = await linking.question(call.work, call.programme.id, call.now)
    blocks = await question_about(call.work, call.say, asked) if asked else ()
    return Message(blocks or await _offer(call))


async def _offer(call: Call) -> tuple[Block, ...]:
    say, code = call.say, await linking.make_code(call.work, call.member, call.now)
    until = say.moment(call.now + CODE_FOR, call.zone)
    return (
        *await linked(call.work, say, call.programme.id),
        Text(say("link.code", programme=call.programme.name, code=code, moment=until)),
        Context(say("link.code_how")),
    )


async def _enter(call: Call, code: str) -> Message:
    asked, programme = await linking.enter_code(call.work, call.member, code, call.now)
    say = call.say
    back = Button(say("link.take_back"), "link_no", (str(asked.id),))
    return Message(
        (
            Text(say("link.asked", programme=programme.name)),
            Text(say("link.what_moves", own=call.programme.name, programme=programme.name)),
            Buttons((back,)),
        )
    )


async def agree(call: Call) -> Message:
    """Say yes."""
    joined = await linking.join(call.work, call.member, call.args.number("link"), call.now)
    say = call.say
    done = Text(say("link.done", name=joined.name, programme=call.programme.name))
    return Message((done, *await linked(call.work, say, call.programme.id)))


async def refuse(call: Call) -> Message:
    """Say no, or take it back."""
    alone = await linking.refuse(call.work, call.member, call.args.number("link"), call.now)
    return Message((Text(call.say("link.refused", name=alone.name)),))
