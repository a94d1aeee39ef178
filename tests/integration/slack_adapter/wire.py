"""A server that answers like Slack's API, or fails as it is told, and remembers what it was asked.

It judges nothing: `tests/servers/slack` is the one that is strict.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from aiohttp import web

Answer = Mapping[str, Any] | Callable[[web.Request], Awaitable[web.StreamResponse]]

TEAM = "T1"
TOKEN = "xoxb-one"


@dataclass(frozen=True)
class Asked:
    """A call as it came: query, form and JSON merged, as Slack does."""

    method: str
    verb: str
    arguments: Mapping[str, Any]
    token: str
    body: bytes = b""


def failed(code: str, **more: Any) -> Answer:
    """An answer that says no."""
    return {"ok": False, "error": code, **more}


def status(code: int, body: str = "", **headers: str) -> Answer:
    """An answer that is not Slack's own."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=body, headers=headers)

    return answer


def limited(seconds: int) -> Answer:
    """Too many calls."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        told = {"ok": False, "error": "ratelimited"}
        return web.json_response(told, status=429, headers={"Retry-After": str(seconds)})

    return answer


async def dropped(request: web.Request) -> web.StreamResponse:
    """The request came, and the line is gone."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def hanging(_request: web.Request) -> web.StreamResponse:
    """No answer for longer than anyone waits."""
    await asyncio.sleep(60)
    return web.Response()


@dataclass
class Wire:
    """Slack's side of the line."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _next: defaultdict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    _always: dict[str, Answer] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _runner: web.AppRunner | None = None

    async def start(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"
        return self

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def ticket(self) -> str:
        """A `response_url`."""
        return self.url.replace("/api/", "/actions/T1/1/secret")

    def then(self, method: str, *answers: Answer) -> None:
        """The next calls of a method are answered so; after them as ever."""
        self._next[method].extend(answers)

    def always(self, method: str, answer: Answer) -> None:
        """Calls of a method are answered so from now on."""
        self._always[method] = answer

    def of(self, method: str) -> list[Mapping[str, Any]]:
        """What was asked of a method."""
        return [one.arguments for one in self.asked if one.method == method]

    @property
    def methods(self) -> list[str]:
        """What was asked for, in order."""
        return [one.method for one in self.asked]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        asked = await _read(request)
        self.asked.append(asked)
        answers = self._next[asked.method]
        answer = answers.popleft() if answers else self._always.get(asked.method)
        if callable(answer):
            return await answer(request)
        if answer is not None:
            return web.json_response(dict(answer))
        return self._usual(asked)

    def _usual(self, asked: Asked) -> web.StreamResponse:
        number = next(self._numbers)
        told: dict[str, Any]
        match asked.method:
            case "chat.postMessage":
                channel = asked.arguments["channel"]
                told = {"channel": _conversation(channel), "ts": f"1772442000.{number:06}"}
            case "conversations.open":
                told = {"channel": {"id": _conversation(asked.arguments["users"])}}
            case "files.getUploadURLExternal":
                address = self.url.replace("/api/", f"/upload/{number}")
                told = {"file_id": f"F{number}", "upload_url": address}
            case "upload":
                return web.Response(text=f"OK - {len(asked.body)}")
            case "actions":
                return web.Response(text="ok")
            case "conversations.history" | "conversations.replies":
                told = {"messages": []}
            case "auth.test":
                told = {"team_id": TEAM, "team": "Acme", "bot_id": "B1", "user_id": "UBOT"}
            case _:
                told = {}
        return web.json_response({"ok": True, **told})


def _conversation(channel: str) -> str:
    if "," in channel:
        return "G" + channel.replace(",", "")
    return f"D{channel[1:]}" if channel.startswith("U") else channel


async def _read(request: web.Request) -> Asked:
    first, _, rest = request.path.strip("/").partition("/")
    body = await request.read()
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        arguments |= json.loads(body)
    elif request.content_type == "application/x-www-form-urlencoded":
        arguments |= dict(await request.post())
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return Asked(rest if first == "api" else first, request.method, arguments, token, body)
