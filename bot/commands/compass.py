"""Commands of a person's own compass: why, tough, vision, stone, and pins."""

from collections.abc import Mapping

from bot.chat.outgoing import Block, Button, Buttons, Context, Message, Quote, Text
from bot.chat.wording import Wording
from bot.commands.table import Call
from bot.commands.writing import write_buttons
from bot.domain.compass import StoneKind
from bot.domain.errors import UserError


async def why(call: Call) -> Message:
    """Write or replace the why."""
    await call.work.compass.write_why(call.author, call.args.text("text"), call.now)
    say = call.say
    return Message(
        (
            Text(say("why.kept")),
            Quote(call.args.text("text")),
            Context(say("why.when_shown")),
            Buttons((Button(say("button.tough"), "tough"), Button(say("button.vision"), "vision"))),
        )
    )


async def why_values(call: Call) -> Mapping[str, str]:
    """The current why, to be changed."""
    whys = await call.work.compass.whys(call.author)
    return {"text": whys[-1].text} if whys else {}


async def tough(call: Call) -> Message:
    """On a hard day: the person's own words, and people."""
    say = call.say
    whys = await call.work.compass.whys(call.author)
    stones = await call.work.compass.stones(call.author)
    blocks: list[Block] = [Text(say("tough.opening"))]
    if whys:
        blocks += [Text(say("tough.your_why")), Quote(whys[-1].text)]
    if stones:
        stone = stones[-1]
        blocks += [Text(say("tough.your_stone", day=say.full_day(stone.laid_at.date())))]
        blocks += [Quote(stone.text)]
    if not whys and not stones:
        blocks.append(Text(say("tough.nothing_yet")))
    mentors = [
        pair
        for member in await call.work.memberships.of_account(call.author)
        for pair in await call.work.mentoring.pairs_of(member.id)
        if pair.mentee_id == member.id
    ][:1]
    blocks += [Text(say("tough.ask_mentor", mentor=pair.mentor_name)) for pair in mentors]
    blocks += write_buttons(say, mentors, call.member)
    blocks.append(Context(say("tough.signpost")))
    return Message(tuple(blocks))


async def vision(call: Call) -> Message:
    """Write where to be in some years; earlier versions stay."""
    years, text = call.args.number("years"), call.args.text("text")
    await call.work.compass.write_vision(call.author, years, text, call.now)
    say = call.say
    return Message(
        (
            Text(say.count("vision.kept", years)),
            Quote(text),
            Buttons((Button(say("button.stone"), "stone"), Button(say("button.status"), "status"))),
        )
    )


async def vision_values(call: Call) -> Mapping[str, str]:
    """Five years, and what was last written for them."""
    found = [v for v in await call.work.compass.visions(call.author) if v.years == 5]
    return {"years": "5", **({"text": found[-1].text} if found else {})}


async def stone(call: Call) -> Message:
    """Lay a stepping stone in own words."""
    years = call.args.maybe_number("vision")
    vision_id = await _vision_id(call, years) if years is not None else None
    kind = StoneKind(call.args.maybe_text("kind") or StoneKind.KNOWLEDGE)
    text = call.args.text("text")
    stone_id = await call.work.compass.lay_stone(
        call.author,
        kind=kind,
        at=call.now,
        text=text,
        vision_id=vision_id,
        link=call.args.maybe_text("link"),
    )
    return _laid(call.say, stone_id, kind, text)


async def _vision_id(call: Call, years: int) -> int:
    found = [v for v in await call.work.compass.visions(call.author) if v.years == years]
    if not found:
        raise UserError("stone.no_vision", years=years)
    return found[-1].id


def _laid(say: Wording, stone_id: int, kind: StoneKind, text: str) -> Message:
    others = tuple(
        Button(say(f"stone.kind.{other}"), "stone_kind", (str(stone_id), other.value))
        for other in StoneKind
        if other is not kind
    )
    return Message(
        (
            Text(say("stone.laid", kind=say(f"stone.kind.{kind}"))),
            Quote(text),
            Context(say("stone.rather")),
            Buttons(others),
        )
    )


async def pin(call: Call) -> Message:
    """Pin a reflection, by its button or by the menu of an own message."""
    author = call.author
    if call.target is not None:
        found = await call.work.reflections.by_message(author, call.target.message)
    else:
        found = await call.work.reflections.get(author, call.args.number("reflection"))
    kind = StoneKind.KNOWLEDGE
    if found is not None:
        # a draft that is pinned is wanted
        await call.work.reflections.keep(author, found.id)
        stone_id = await call.work.compass.lay_stone(
            author, kind=kind, at=call.now, reflection_id=found.id
        )
        return _laid(call.say, stone_id, kind, found.text)
    if call.target is None:
        raise UserError("reflection.gone")
    stone_id = await call.work.compass.lay_stone(
        author, kind=kind, at=call.now, text=call.target.text
    )
    return _laid(call.say, stone_id, kind, call.target.text)


async def change_kind(call: Call) -> Message:
    """Say what a stone really gave."""
    kind = StoneKind(call.args.text("kind"))
    if not await call.work.compass.change_stone(call.author, call.args.number("stone"), kind):
        raise UserError("stone.gone")
    return Message((Text(call.say("stone.kind_changed", kind=call.say(f"stone.kind.{kind}"))),))
