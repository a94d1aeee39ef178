"""Messages put on Slack: posted, shown to one person, replaced, and looked for again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.calls import Calls
from adapters.slack.refusals import (
    UNANSWERED,
    UNREADABLE,
    SlackRefusedError,
    of_answer,
    of_exception,
)
from adapters.slack.render import Rendered
from adapters.slack.web import quiet_logger
from bot.ports.chat import ChatUncertainError

DELIVERY = "cairn_delivery"
"""The type of the metadata that a delivery's messages carry. Everybody can read it: ids only."""

PAGE = 200
_MOST_PAGES = 25
_KEPT_AS_IT_IS = {"cant_update_message", "edit_window_closed", "message_not_found"}


def metadata(delivery_id: int, part: int, parts: int) -> Mapping[str, Any]:
    """What marks a message as part (from 1) of a delivery that comes in so many parts."""
    payload = {"delivery_id": delivery_id, "part": part, "parts": parts}
    return {"event_type": DELIVERY, "event_payload": payload}


class Messages:
    """The messages of every workspace; each method raises `ChatError`."""

    def __init__(self, calls: Calls) -> None:
        """Write through these calls."""
        self._calls = calls
        self._logger = quiet_logger()

    async def post(
        self, team: str, channel: str, rendered: Rendered, marked: Mapping[str, Any] | None = None
    ) -> tuple[str, str]:
        """Post to a conversation or a person; gives the conversation's id and the message's."""
        more = {} if marked is None else {"metadata": marked}
        answer = await self._calls.send_json(
            team,
            "chat.postMessage",
            channel=channel,
            **_content(rendered),
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        posted_in, ts = answer.get("channel"), answer.get("ts")
        if not posted_in or not ts:
            message = "posted, but not told where"
            raise ChatUncertainError(message)
        return str(posted_in), str(ts)

    async def show(self, team: str, channel: str, user: str, rendered: Rendered) -> None:
        """Show a message in a channel to one person, until they reload."""
        await self._calls.send_json(
            team, "chat.postEphemeral", channel=channel, user=user, **_content(rendered)
        )

    async def replace(self, team: str, channel: str, ts: str, rendered: Rendered) -> bool:
        """Put other content into a message of Cairn's; False if it can't be changed any more."""
        # without a list, even an empty one, the old blocks would stay
        content = {"text": rendered.text, "blocks": rendered.blocks}
        try:
            await self._calls.send_json(team, "chat.update", channel=channel, ts=ts, **content)
        except SlackRefusedError as error:
            if error.code in _KEPT_AS_IT_IS:
                return False
            raise
        return True

    async def show_by_ticket(self, ticket: str, rendered: Rendered, *, replace: bool) -> bool:
        """Show a message where the ticket is from, to its owner; False if the ticket has ended.

        A ticket is Slack's `response_url`: five uses within half an hour.
        """
        way = AsyncWebhookClient(
            ticket, session=self._calls.web.session, retry_handlers=[], logger=self._logger
        )
        body = {"response_type": "ephemeral", "replace_original": replace, **_content(rendered)}
        try:
            answer = await way.send_dict(body)
        except (*UNANSWERED, *UNREADABLE) as error:
            raise of_exception(error) from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise of_answer(answer.status_code, answer.headers, None)
        # An ended ticket is answered with 404, or with 200 and `"ok": false`. Whatever else Slack
        # doesn't like about it, it has shown nothing.
        return answer.status_code == 200 and '"ok":false' not in answer.body.replace(" ", "")

    async def find(self, team: str, channel: str, delivery_id: int, since: datetime) -> str | None:
        """The id of the last part of a delivery, if that was posted to a conversation since then.

        With `oldest` alone Slack gives what is nearest to it first.
        """
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self._calls.read(
                team,
                "conversations.history",
                channel=channel,
                oldest=f"{since.timestamp():.6f}",
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
            for message in page.get("messages") or ():
                if _is_last_of(message, delivery_id):
                    return str(message["ts"])
            cursor = next_cursor(page.data)
            if cursor is None:
                return None
        message = f"not among the first {_MOST_PAGES * PAGE} messages"
        raise ChatUncertainError(message)


def next_cursor(page: object) -> str | None:
    """Where the next page begins; None after the last."""
    if not isinstance(page, Mapping):
        return None
    return (page.get("response_metadata") or {}).get("next_cursor") or None


def _content(rendered: Rendered) -> dict[str, Any]:
    blocks = {"blocks": rendered.blocks} if rendered.blocks else {}
    return {"text": rendered.text, **blocks}


def _is_last_of(message: Mapping[str, Any], delivery_id: int) -> bool:
    marked = message.get("metadata") or {}
    payload = marked.get("event_payload") or {}
    return (
        marked.get("event_type") == DELIVERY
        and payload.get("delivery_id") == delivery_id
        and payload.get("part") == payload.get("parts")
    )
