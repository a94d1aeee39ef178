"""Hands events, commands and presses to the app: by a socket or by signed requests."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.servers.recording import Recording
from tests.servers.slack.faults import Faults
from tests.servers.slack.world import Json

Kind = Literal["events_api", "slash_commands", "interactive"]
MOST_SOCKETS = 10


@dataclass
class Delivered:
    """Something that was handed to the app, and what became of it."""

    kind: Kind
    body: Json
    attempts: int = 0
    acknowledged: bool = False
    seconds: float | None = None
    payload: Any = None
    status: int | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        return str(self.body.get("event_id") or self.body.get("trigger_id") or "")


class Sockets:
    """The app's open sockets; each envelope goes to one of them in turn."""

    def __init__(self, recording: Recording, ack_timeout: float) -> None:
        self._recording = recording
        self.ack_timeout = ack_timeout
        self._open: list[web.WebSocketResponse] = []
        self._turn = count()
        self._envelopes = count(1)
        self._waiting: dict[str, tuple[asyncio.Future[Any], web.WebSocketResponse]] = {}
        self._is_any = asyncio.Event()
        self.ignored = 0
        """How many acknowledgements to come are overheard."""

    @property
    def open(self) -> int:
        return len(self._open)

    async def wait(self) -> None:
        """Wait until the app has opened a socket."""
        await self._is_any.wait()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            # who asked for it is gone
            return socket
        if len(self._open) >= MOST_SOCKETS:
            await socket.close()
            return socket
        self._open.append(socket)
        await self._send(
            socket,
            {
                "type": "hello",
                "num_connections": len(self._open),
                "debug_info": {"host": "applink-local", "approximate_connection_time": 18060},
                "connection_info": {"app_id": "A0CAIRN"},
            },
        )
        self._is_any.set()
        try:
            async for said in socket:
                if said.type is aiohttp.WSMsgType.TEXT and said.data.startswith("{"):
                    self._hear(json.loads(said.data))
        finally:
            self._leave(socket)
        return socket

    def _hear(self, frame: Json) -> None:
        self._recording.write("frame", direction="in", frame=frame)
        if self.ignored:
            self.ignored -= 1
            return
        waiting, _ = self._waiting.get(frame.get("envelope_id", ""), (None, None))
        if waiting is not None and not waiting.done():
            waiting.set_result(frame.get("payload"))

    def _leave(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        if not self._open:
            self._is_any.clear()
        for waiting, where in self._waiting.values():
            if where is socket and not waiting.done():
                waiting.set_exception(ConnectionResetError())

    async def attempt(self, delivered: Delivered, attempt: int, reason: str) -> bool:
        """Send an envelope and wait for its acknowledgement; whether it came in time."""
        socket = await self._next()
        envelope_id = f"env-{next(self._envelopes)}"
        waiting = asyncio.get_running_loop().create_future()
        # nobody waits for it if the envelope could not even be sent
        waiting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        self._waiting[envelope_id] = waiting, socket
        frame: Json = {
            "envelope_id": envelope_id,
            "type": delivered.kind,
            "payload": delivered.body,
            "accepts_response_payload": delivered.kind != "events_api",
        }
        if attempt:
            frame |= {"retry_attempt": attempt, "retry_reason": reason}
        began = time.monotonic()
        try:
            await self._send(socket, frame)
            async with asyncio.timeout(self.ack_timeout):
                delivered.payload = await waiting
        except (TimeoutError, ConnectionError):
            return False
        finally:
            del self._waiting[envelope_id]
        delivered.seconds = time.monotonic() - began
        return True

    async def _next(self) -> web.WebSocketResponse:
        while True:
            await self._is_any.wait()
            ready = [socket for socket in self._open if not socket.closed]
            if ready:
                return ready[next(self._turn) % len(ready)]
            await asyncio.sleep(0.01)

    async def _send(self, socket: web.WebSocketResponse, frame: Json) -> None:
        # an event has its own line in the recording
        shown = {**frame, "payload": {}} if frame["type"] == "events_api" else frame
        self._recording.write("frame", direction="out", frame=shown)
        await socket.send_json(frame)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every socket to go; it does."""
        for socket in list(self._open):
            await self._send(socket, {"type": "disconnect", "reason": reason, "debug_info": {}})

    async def cut(self) -> None:
        """Cut every line without a word."""
        for socket in list(self._open):
            self._leave(socket)
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def close(self) -> None:
        for socket in list(self._open):
            await socket.close()


class Requests:
    """Signed requests to the app's address."""

    def __init__(self, signing_secret: str, faults: Faults, ack_timeout: float) -> None:
        self.url: str | None = None
        self._secret = signing_secret.encode()
        self._faults = faults
        self.ack_timeout = ack_timeout
        self._session: aiohttp.ClientSession | None = None

    async def attempt(self, delivered: Delivered, attempt: int, reason: str) -> bool:
        """Send a request; whether it was answered with success in time."""
        if delivered.kind == "events_api":
            content, kind = json.dumps(delivered.body), "application/json"
        elif delivered.kind == "slash_commands":
            content, kind = urlencode(delivered.body), "application/x-www-form-urlencoded"
        else:
            content = urlencode({"payload": json.dumps(delivered.body)})
            kind = "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **self.signature(content)}
        if attempt:
            headers |= {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason}
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.ack_timeout):
                status, answer, told = await self.post(content, headers)
        except (TimeoutError, aiohttp.ClientError):
            return False
        delivered.status = status
        if not 200 <= status < 300:
            return bool(told.get("x-slack-no-retry") == "1")
        delivered.seconds = time.monotonic() - began
        is_json = told.get("Content-Type", "").startswith("application/json")
        delivered.payload = json.loads(answer) if is_json and answer else answer or None
        return True

    async def post(self, content: str, headers: dict[str, str]) -> tuple[int, str, Any]:
        """One request as it is; status, text and headers of the answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        assert self.url is not None
        async with self._session.post(self.url, data=content.encode(), headers=headers) as answer:
            return answer.status, await answer.text(), answer.headers

    def signature(self, content: str) -> dict[str, str]:
        """The headers that prove where a request is from."""
        stamp = str(int(time.time() + self._faults.skew))
        secret = self._secret
        if self._faults.forged:
            self._faults.forged -= 1
            secret = b"forged"
        signed = hmac.new(secret, f"v0:{stamp}:{content}".encode(), hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed.hexdigest()}",
        }

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
