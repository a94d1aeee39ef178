"""Which programme is meant: asked where nothing says it, and answered by choosing one."""

from bot.chat.outgoing import Block, Message, Option, Quote, Select, Text
from bot.commands.meaning import IN_PROGRAMME, Meant
from bot.commands.table import Call

LONGEST_CARRIED = 60
"""The most characters that go along with the choice: a platform may carry no more."""


async def which_programme(call: Call, meant: Meant) -> Message:
    """Ask which; the choice does the same once more, there. What can't go along is given back."""
    say = call.say
    programmes = [await call.work.programmes.get(one.programme_id) for one in call.who.choices]
    carried = (meant.name, *(f"{name}={value}" for name, value in meant.written.items()))
    blocks: list[Block] = [Text(say("which.programme"))]
    if len(":".join(carried)) > LONGEST_CARRIED and meant.written:
        hidden = {one.name for one in meant.command.arguments if one.hidden}
        words = [value for name, value in meant.written.items() if name not in hidden]
        blocks += [Text(say("which.words_not_carried")), Quote("\n".join(words))]
        carried = carried[:1]
    options = tuple(Option(one.name, str(one.id)) for one in programmes)
    blocks.append(Select(say("which.placeholder"), IN_PROGRAMME, options, carried))
    return Message(tuple(blocks))
