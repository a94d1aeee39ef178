"""The app itself, guilds, people, direct conversations, commands: the operations."""

from tests.servers.discord import events
from tests.servers.discord.commands import check_commands, stored
from tests.servers.discord.refusals import RefusedError, invalid
from tests.servers.discord.routes import Asked, Route
from tests.servers.discord.world import Channel, Json


def _gateway(asked: Asked) -> Json:
    return {"url": asked.server.gateway.url}


def _bot_gateway(asked: Asked) -> Json:
    gateway = asked.server.gateway
    start = gateway.start_limit()
    return {"url": gateway.url, "shards": gateway.shards, "session_start_limit": start}


def _me(asked: Asked) -> Json:
    return events.own_user(asked.server.application)


def _application(asked: Asked) -> Json:
    return events.app(asked.server.application)


def _my_guilds(asked: Asked) -> list[Json]:
    mine = [g for g in asked.server.guilds.values() if asked.bot.id in g.members]
    after = int(asked.query.get("after", 0))
    limit = asked.number("limit", 200, 1, 200)
    found = sorted((g for g in mine if int(g.id) > after), key=lambda g: int(g.id))
    return [
        {
            "id": each.id,
            "name": each.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(each.roles[each.id].permissions),
            "features": [],
        }
        for each in found[:limit]
    ]


def _leave(asked: Asked) -> None:
    asked.server.acts.leave_guild(asked.guild())


def _user(asked: Asked) -> Json:
    person = asked.server.people.get(asked.path["user_id"])
    if person is None:
        raise RefusedError(10013)
    return events.user(person)


def _guild(asked: Asked) -> Json:
    guild = asked.guild()
    counts: Json = {}
    if asked.query.get("with_counts") in ("1", "true", "True"):
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return events.guild(guild) | counts


def _channels(asked: Asked) -> list[Json]:
    guild = asked.guild()
    people = asked.server.people
    stand = [each for each in guild.channels.values() if not each.is_thread]
    return [events.channel(each, asked.bot.id, people) for each in stand]


def _roles(asked: Asked) -> list[Json]:
    return [events.role(each) for each in asked.guild().roles.values()]


def _member(asked: Asked) -> Json:
    found = asked.guild().members.get(asked.path["user_id"])
    if found is None:
        raise RefusedError(10007 if asked.path["user_id"] in asked.server.people else 10013)
    return events.member(found)


def _members(asked: Asked) -> list[Json]:
    guild = asked.guild()
    if "members" not in asked.server.application.intents:
        raise RefusedError(50001)
    after = int(asked.query.get("after", 0))
    limit = asked.number("limit", 1, 1, 1000)
    found = sorted((each for each in guild.members if int(each) > after), key=int)
    return [events.member(guild.members[each]) for each in found[:limit]]


def _search_members(asked: Asked) -> list[Json]:
    wanted = asked.query.get("query", "").lower()
    found = [m for m in asked.guild().members.values() if m.user.name.lower().startswith(wanted)]
    return [events.member(each) for each in found[: asked.number("limit", 1, 1, 1000)]]


def _open_direct(asked: Asked) -> Json:
    person = asked.server.people.get(str(asked.body.get("recipient_id")))
    if person is None:
        raise invalid("recipient_id", "Unknown user", "USER_UNKNOWN")
    if person.is_bot:
        raise RefusedError(50007)
    known = asked.server.directs.get(person.id)
    if known is None and not asked.server.limits.opens_direct():
        raise RefusedError(40003)
    channel: Channel = known or asked.server.direct(person)
    return events.channel(channel, asked.bot.id, asked.server.people)


def _own(asked: Asked) -> str | None:
    if asked.path["application_id"] != asked.server.application.id:
        raise RefusedError(10002)
    if "guild_id" in asked.path and asked.bot.id not in asked.guild().members:
        raise RefusedError(50001)
    return asked.path.get("guild_id")


def _commands(asked: Asked) -> list[Json]:
    return asked.server.application.commands.get(_own(asked), [])


def _set_commands(asked: Asked) -> list[Json]:
    where, application = _own(asked), asked.server.application
    commands = asked.body["items"]
    check_commands(commands)
    earlier = application.commands.get(where, [])
    made = [stored(each, earlier, application.id, asked.server.snowflakes) for each in commands]
    application.commands[where] = made
    return made


def _add_command(asked: Asked) -> Json:
    where, application = _own(asked), asked.server.application
    earlier = application.commands.get(where, [])
    made = stored(asked.body, earlier, application.id, asked.server.snowflakes)
    rest = [each for each in earlier if each["id"] != made["id"]]
    check_commands([*rest, asked.body])
    application.commands[where] = [*rest, made]
    return made


def _delete_command(asked: Asked) -> None:
    where, application = _own(asked), asked.server.application
    earlier = application.commands.get(where, [])
    rest = [each for each in earlier if each["id"] != asked.path["command_id"]]
    if len(rest) == len(earlier):
        raise RefusedError(10063)
    application.commands[where] = rest


_ME, _GUILD = "/users/@me", "/guilds/{guild_id}"
_GLOBAL = "/applications/{application_id}/commands"
_LOCAL = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES: tuple[Route, ...] = (
    Route("get_gateway", "GET", "/gateway", _gateway, needs_token=False),
    Route("get_bot_gateway", "GET", "/gateway/bot", _bot_gateway),
    Route("get_my_user", "GET", _ME, _me),
    Route("get_my_oauth2_application", "GET", "/oauth2/applications/@me", _application),
    Route("get_my_application", "GET", "/applications/@me", _application),
    Route("list_my_guilds", "GET", f"{_ME}/guilds", _my_guilds),
    Route("leave_guild", "DELETE", f"{_ME}/guilds/{{guild_id}}", _leave),
    Route("create_dm", "POST", f"{_ME}/channels", _open_direct),
    Route("get_user", "GET", "/users/{user_id}", _user),
    Route("get_guild", "GET", _GUILD, _guild),
    Route("list_guild_channels", "GET", f"{_GUILD}/channels", _channels),
    Route("list_guild_roles", "GET", f"{_GUILD}/roles", _roles),
    Route("list_guild_members", "GET", f"{_GUILD}/members", _members),
    Route("search_guild_members", "GET", f"{_GUILD}/members/search", _search_members),
    Route("get_guild_member", "GET", f"{_GUILD}/members/{{user_id}}", _member),
    Route("list_application_commands", "GET", _GLOBAL, _commands),
    Route("bulk_set_application_commands", "PUT", _GLOBAL, _set_commands),
    Route("create_application_command", "POST", _GLOBAL, _add_command, status=201),
    Route("delete_application_command", "DELETE", f"{_GLOBAL}/{{command_id}}", _delete_command),
    Route("list_guild_application_commands", "GET", _LOCAL, _commands),
    Route("bulk_set_guild_application_commands", "PUT", _LOCAL, _set_commands),
)
