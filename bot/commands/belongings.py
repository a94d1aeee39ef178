"""Commands about what is yours: privacy, export, import, forget."""

from bot.chat.outgoing import Block, Button, Buttons, Context, Fields, Message, Text
from bot.commands.table import Call
from bot.domain.errors import UserError
from bot.services import exporting, importing, mentoring


async def privacy(call: Call) -> Message:
    """Who can technically read what."""
    say = call.say
    readers = ("you", "mentor", "coordinator", "host", "platform")
    blocks: list[Block] = [Text(say("privacy.title"))]
    blocks.append(Fields(tuple((say(f"privacy.{r}"), say(f"privacy.{r}_reads")) for r in readers)))
    blocks.append(Text(say("privacy.others")))
    blocks.append(Context(say("privacy.yours")))
    return Message(tuple(blocks))


async def export(call: Call) -> Message:
    """Hand over everything that the person wrote."""
    belongings = await exporting.gather(call.work, call.author, call.member.name)
    packed = exporting.export(belongings, call.say, call.zone, call.now)
    counts = call.say(
        "export.counts",
        reflections=call.say.count("count.reflections", len(belongings.reflections)),
        stones=call.say.count("count.stones", len(belongings.stones)),
    )
    return Message((Text(call.say("export.ready", counts=counts)),), (packed,))


async def bring_in(call: Call) -> Message:
    """Take in what the person exported elsewhere."""
    if call.args.attachment is None:
        raise UserError("import.no_file")
    brought = await importing.bring_in(call.work, call.member, call.args.attachment.content)
    say = call.say
    counts = say(
        "export.counts",
        reflections=say.count("count.reflections", brought.reflections),
        stones=say.count("count.stones", brought.stones),
    )
    return Message((Text(say("import.done", counts=counts)), Context(say("import.once"))))


async def forget(call: Call) -> Message:
    """Ask once, then erase everything."""
    say = call.say
    account = call.who.account
    if account is None:
        return Message((Text(say("forget.nothing")),))
    if call.args.maybe_text("confirm") == "no":
        return Message((Text(say("forget.kept")),))
    if call.args.maybe_text("confirm") != "yes":
        return Message(
            (
                Text(say("forget.ask")),
                Buttons(
                    (
                        Button(say("button.export_first"), "export"),
                        Button(say("forget.yes"), "erase"),
                    )
                ),
            )
        )
    return await erase(call)


async def erase(call: Call) -> Message:
    """Erase everything of this person, at once."""
    account = call.who.account
    if account is None:
        return Message((Text(call.say("forget.nothing")),))
    for membership in await call.work.memberships.of_account(account.id):
        await mentoring.leave(call.work, membership, call.now)
    await call.work.accounts.erase(account.id)
    return Message((Text(call.say("forget.done")),))
