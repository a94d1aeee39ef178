"""Messages and reactions: the operations, their limits and refusals."""

from itertools import islice

from tests.servers.discord import events
from tests.servers.discord.checks import check_message, live_mentions
from tests.servers.discord.permissions import Permission
from tests.servers.discord.refusals import RefusedError, invalid
from tests.servers.discord.routes import Asked, Route, check_may_post
from tests.servers.discord.world import REPLY, Channel, Json, StoredMessage

_FILE_SIZE = 10 * 1024 * 1024


def _create(asked: Asked) -> Json:
    channel, server = asked.channel(), asked.server
    check_may_post(asked, channel)
    check_content(asked)
    nonce = asked.body.get("nonce")
    if nonce is not None and asked.body.get("enforce_nonce"):
        earlier = server.nonces.find(asked.bot.id, str(nonce))
        if earlier is not None:
            return server.shown(earlier)
    server.note_mentions(live_mentions(asked.body))
    message = server.new_message(channel, asked.bot, nonce=nonce)
    fill(asked, message)
    _refer(asked, channel, message)
    if nonce is not None:
        server.nonces.keep(asked.bot.id, str(nonce), message)
    server.acts.say(channel, message)
    return {**server.shown(message), **({} if nonce is None else {"nonce": nonce})}


def check_content(asked: Asked, *, is_new: bool = True) -> None:
    """Raises RefusedError."""
    check_message(asked.body, is_new=is_new, files=len(asked.files))
    for upload in asked.files:
        if len(upload.content) > _FILE_SIZE:
            raise RefusedError(40005)
    shown = {upload.filename for upload in asked.files}
    for embed in asked.body.get("embeds") or ():
        for place in ("image", "thumbnail"):
            url = (embed.get(place) or {}).get("url", "")
            if url.startswith("attachment://") and url[13:] not in shown:
                raise invalid("embeds", f"no such file: {url}", "URL_TYPE_INVALID_URL")


def fill(asked: Asked, message: StoredMessage) -> None:
    """Take the content of a body over, what it does not name stays."""
    body, server = asked.body, asked.server
    if "content" in body:
        message.content = body["content"] or ""
        message.mentions = server.mentioned(message.content)
    if "attachments" in body or asked.files:
        message.attachments = _attachments(asked, message)
    if "embeds" in body:
        message.embeds = [_with_urls(embed, message) for embed in body["embeds"] or ()]
    if "components" in body:
        message.components = numbered(body["components"] or [])
    if "flags" in body:
        message.flags |= int(body["flags"] or 0)


def _attachments(asked: Asked, message: StoredMessage) -> list[Json]:
    described = {str(each.get("id")): each for each in asked.body.get("attachments") or ()}
    kept = [each for each in message.attachments if each["id"] in described]
    for upload in asked.files:
        described_here = described.get(upload.key, {})
        shown = asked.server.keep_file(message.channel_id, upload)
        if described_here.get("description") is not None:
            shown["description"] = described_here["description"]
        kept.append(shown)
    return kept


def _with_urls(embed: Json, message: StoredMessage) -> Json:
    urls = {f"attachment://{each['filename']}": each["url"] for each in message.attachments}
    embed = dict(embed)
    for place in ("image", "thumbnail"):
        url = (embed.get(place) or {}).get("url")
        if url in urls:
            embed[place] = {**embed[place], "url": urls[url], "proxy_url": urls[url]}
    return embed


def numbered(components: list[Json]) -> list[Json]:
    """Components with the numbers that Discord gives to those that have none."""
    given = iter(range(1, 1000))

    def number(component: Json) -> Json:
        made = {"id": next(given), **component}
        if "components" in component:
            made["components"] = [number(each) for each in component["components"]]
        for key in ("component", "accessory"):
            if key in component:
                made[key] = number(component[key])
        return made

    return [number(each) for each in components]


def _refer(asked: Asked, channel: Channel, message: StoredMessage) -> None:
    reference = asked.body.get("message_reference")
    if not reference:
        return
    wanted = str(reference["message_id"])
    earlier = channel.find(wanted)
    if earlier is None:
        if reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", "Unknown message", "REPLIES_UNKNOWN_MESSAGE")
        return
    message.kind = REPLY
    message.reference = {"channel_id": channel.id, "message_id": wanted}
    if channel.guild_id:
        message.reference["guild_id"] = channel.guild_id
    allowed = asked.body.get("allowed_mentions") or {"replied_user": True}
    if allowed.get("replied_user") and earlier.author.id != asked.bot.id:
        message.mentions.append(earlier.author.id)
        asked.server.note_mentions([f"<@{earlier.author.id}>"])


def _get(asked: Asked) -> Json:
    channel = asked.channel(Permission.READ_MESSAGE_HISTORY)
    return asked.server.shown(asked.message(channel))


def _list(asked: Asked) -> list[Json]:
    channel = asked.channel()
    limit = asked.number("limit", 50, 1, 100)
    if not channel.is_direct and not asked.may(channel, Permission.READ_MESSAGE_HISTORY):
        return []
    standing = channel.standing()
    if "after" in asked.query:
        later = (m for m in standing if int(m.id) > int(asked.query["after"]))
        page = list(islice(later, limit))[::-1]
    elif "around" in asked.query:
        middle = int(asked.query["around"])
        near = sorted(standing, key=lambda m: abs(int(m.id) - middle))[:limit]
        page = sorted(near, key=lambda m: int(m.id), reverse=True)
    else:
        before = int(asked.query.get("before", 1 << 63))
        page = list(islice((m for m in reversed(standing) if int(m.id) < before), limit))
    return [asked.server.shown(each) for each in page]


def _update(asked: Asked) -> Json:
    channel = asked.channel()
    message = asked.message(channel)
    asked.check_not_archived(channel)
    if message.author.id != asked.bot.id:
        raise RefusedError(50005)
    check_content(asked, is_new=False)
    asked.server.note_mentions(live_mentions(asked.body))
    fill(asked, message)
    message.edited_at = asked.server.now()
    asked.server.acts.change(channel, message)
    return asked.server.shown(message)


def _delete(asked: Asked) -> None:
    channel = asked.channel()
    message = asked.message(channel)
    asked.check_not_archived(channel)
    if message.author.id != asked.bot.id:
        if channel.is_direct:
            raise RefusedError(50003)
        if not asked.may(channel, Permission.MANAGE_MESSAGES):
            raise RefusedError(50013)
    asked.server.acts.delete(channel, message)


def _add_reaction(asked: Asked) -> None:
    channel = asked.channel(Permission.READ_MESSAGE_HISTORY)
    message = asked.message(channel)
    asked.check_not_archived(channel)
    name = asked.path["emoji_name"]
    if not channel.is_direct and name not in message.reactions:
        asked.channel(Permission.ADD_REACTIONS)
    asked.server.acts.react(channel, message, asked.bot.id, name, added=True)


def _take_reaction(asked: Asked) -> None:
    channel = asked.channel()
    name = asked.path["emoji_name"]
    asked.server.acts.react(channel, asked.message(channel), asked.bot.id, name, added=False)


def _reactions(asked: Asked) -> list[Json]:
    channel = asked.channel(Permission.READ_MESSAGE_HISTORY)
    by = asked.message(channel).reactions.get(asked.path["emoji_name"], [])
    people = asked.server.people
    return [events.user(people[each]) for each in by[: asked.number("limit", 25, 1, 100)]]


def _typing(asked: Asked) -> None:
    check_may_post(asked, asked.channel())


_CHANNEL = "/channels/{channel_id}/messages"
_ONE = f"{_CHANNEL}/{{message_id}}"
_REACTION = f"{_ONE}/reactions/{{emoji_name}}"

ROUTES: tuple[Route, ...] = (
    Route("create_message", "POST", _CHANNEL, _create),
    Route("list_messages", "GET", _CHANNEL, _list),
    Route("get_message", "GET", _ONE, _get),
    Route("update_message", "PATCH", _ONE, _update),
    Route("delete_message", "DELETE", _ONE, _delete),
    Route("add_my_message_reaction", "PUT", f"{_REACTION}/@me", _add_reaction),
    Route("delete_my_message_reaction", "DELETE", f"{_REACTION}/@me", _take_reaction),
    Route("list_message_reactions_by_emoji", "GET", _REACTION, _reactions),
    Route("trigger_typing_indicator", "POST", "/channels/{channel_id}/typing", _typing),
)
