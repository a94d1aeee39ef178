"""Someone's own page: what comes next, their why, their pairs, their settings, what they can do."""

from bot.chat.outgoing import Block, Button, Buttons, Context, Divider, Message, Quote, Text
from bot.commands.joining import settings_fields
from bot.commands.standing import pair_line, upcoming
from bot.commands.table import Call
from bot.domain.membership import MemberSettings, Membership


async def page(call: Call) -> Message:
    """The page of whoever opens it; only they see it."""
    member, say = call.who.membership, call.say
    settings = member.settings if member else None
    if member is None or settings is None or member.joined_at is None:
        return Message(
            (
                Text(say("home.welcome")),
                Context(say("status.how_to_join")),
                Buttons(
                    (
                        Button(say("button.start"), "start"),
                        Button(say("button.privacy"), "privacy"),
                    )
                ),
            )
        )
    return Message(await _own(call, member, settings))


async def _own(call: Call, member: Membership, settings: MemberSettings) -> tuple[Block, ...]:
    say = call.say
    whys = await call.work.compass.whys(member.account_id)
    pairs = await call.work.mentoring.pairs_of(member.id)
    return (
        Text(await upcoming(call, member)),
        Buttons(
            (
                Button(say("button.reflect"), "reflect"),
                Button(say("button.stone"), "stone"),
                Button(say("button.tough"), "tough"),
            )
        ),
        Divider(),
        Text(say("home.why")),
        Quote(whys[-1].text) if whys else Text(say("home.no_why")),
        Buttons((Button(say("home.change_why" if whys else "home.write_why"), "why"),)),
        Divider(),
        *(Text(pair_line(say, pair, member)) for pair in pairs),
        *(() if pairs else (Text(say("home.no_pairs")),)),
        Buttons((Button(say("button.find_mentor"), "mentor find"),)),
        Divider(),
        settings_fields(say, settings),
        Buttons(
            (
                Button(say("settings.change"), "change_settings"),
                Button(say("button.privacy"), "privacy"),
            )
        ),
    )
