"""The gateway: sessions of one app, what they are told, and how they are cut and resumed."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web

from tests.servers.discord import events
from tests.servers.discord.world import INTENTS, Application, Guild, Json, User
from tests.servers.recording import Recording

IDENTIFIES_A_DAY = 1000
_KEPT = 5000
_KNOWN_BITS = (1 << 26) - 1

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = 7, 8, 9, 10, 11


@dataclass
class Session:
    """One session: what it may see, what it was told, and the line it hangs on, if any."""

    id: str
    intents: int
    shard: tuple[int, int]
    told: deque[Json] = field(default_factory=lambda: deque(maxlen=_KEPT))
    sequence: int = 0
    line: "Line | None" = None
    left_at: float | None = None
    heard: int = 0
    """The last frame that it has said to have seen."""

    def sees(self, intent: int) -> bool:
        return bool(self.intents & intent)

    def serves(self, guild_id: str | None) -> bool:
        """Whether a guild, or direct conversations (None), belong to its shard."""
        mine, of = self.shard
        return mine == ((int(guild_id) >> 22) % of if guild_id else 0)

    def tell(self, name: str, data: Any) -> None:
        """Dispatch; what is told while no line stands is replayed when it resumes."""
        self.sequence += 1
        frame = {"op": DISPATCH, "s": self.sequence, "t": name, "d": data}
        self.told.append(frame)
        if self.line is not None:
            self.line.send(frame)


class Line:
    """One WebSocket. Frames are sent in the order in which they were given."""

    def __init__(self, socket: web.WebSocketResponse, recording: Recording) -> None:
        self.socket = socket
        self._recording = recording
        self._frames: asyncio.Queue[Json | int | str] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: Json) -> None:
        self._frames.put_nowait(frame)

    def send_unjudged(self, frame: Json) -> None:
        """Send what Discord itself never would: it is not recorded."""
        self._frames.put_nowait(json.dumps(frame))

    def close(self, code: int) -> None:
        """Close with a code, after everything that was given before."""
        self._frames.put_nowait(code)

    async def _write(self) -> None:
        while True:
            frame = await self._frames.get()
            if isinstance(frame, int):
                await self.socket.close(code=frame)
                return
            text = frame if isinstance(frame, str) else json.dumps(frame)
            if not isinstance(frame, str):
                self._recording.write("frame", direction="out", frame=frame)
            try:
                await self.socket.send_str(text)
            except ConnectionError:
                return

    def cut(self) -> None:
        """Cut without a word; what was not sent yet never is."""
        self._writer.cancel()
        transport = self.socket._req.transport if self.socket._req else None
        if transport is not None:
            transport.abort()

    async def done(self) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)


class Gateway:
    """All sessions of the app. Times in seconds."""

    def __init__(
        self,
        application: Application,
        guilds: dict[str, Guild],
        people: dict[str, User],
        recording: Recording,
        *,
        heartbeat_interval: float = 41.25,
        session_lives: float = 120.0,
    ) -> None:
        self._application, self._guilds, self._people = application, guilds, people
        self._recording = recording
        self._heartbeat_interval = heartbeat_interval
        self._session_lives = session_lives
        self._sessions: dict[str, Session] = {}
        self._lines: set[Line] = set()
        self._is_ready = asyncio.Event()
        self._is_heard = asyncio.Event()
        self.origin = ""
        self.shards = 1
        self.answers_heartbeats = True
        """Off: the line stands but nobody is at its other end."""
        self.identifies = 0
        self.resumes = 0
        self.replayed = 0
        self.refused_resumes = 0
        """How many resumes to come are answered with an invalid session."""
        self.closes: list[int] = []
        """Codes with which lines were closed by this side."""

    @property
    def url(self) -> str:
        return f"{self.origin}/gateway".replace("http", "ws", 1)

    @property
    def open(self) -> int:
        """How many sessions are on a line."""
        return sum(session.line is not None for session in self._sessions.values())

    async def wait(self) -> None:
        """Wait until a session is on a line."""
        await self._is_ready.wait()

    def start_limit(self) -> Json:
        """How often the app may still identify."""
        return {
            "total": IDENTIFIES_A_DAY,
            "remaining": max(0, IDENTIFIES_A_DAY - self.identifies),
            "reset_after": 14_400_000,
            "max_concurrency": 1,
        }

    # to the app

    def tell(
        self,
        name: str,
        data: Json | Callable[[Session], Json],
        guild_id: str | None = None,
        intent: int = 0,
    ) -> int:
        """Dispatch to every session that may see it; how many are on a line."""
        reached = 0
        for session in list(self._alive()):
            if not session.serves(guild_id) or (intent and not session.sees(intent)):
                continue
            session.tell(name, data(session) if callable(data) else data)
            reached += session.line is not None
        return reached

    def _alive(self) -> Iterator[Session]:
        """Sessions that can still resume; those that can't are forgotten."""
        now = time.monotonic()
        for session in list(self._sessions.values()):
            if session.left_at is not None and now - session.left_at > self._session_lives:
                del self._sessions[session.id]
            else:
                yield session

    def cut(self) -> int:
        """Cut every line without a word; sessions can be resumed. How many there were."""
        cut = 0
        for line in list(self._lines):
            self._leave(line)
            line.cut()
            cut += 1
        return cut

    async def heard(self) -> None:
        """Wait until every session on a line has seen all that it was told."""
        for session in list(self._sessions.values()):
            wanted = session.sequence
            while session.line is not None and session.heard < wanted:
                # asked for a heartbeat, a client says at once how far it has read
                self._is_heard.clear()
                session.line.send({"op": HEARTBEAT, "d": None, "s": None, "t": None})
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await self._is_heard.wait()

    def _note_heard(self, line: Line, heard: Any) -> None:
        session = self._session_of(line)
        if session is not None and isinstance(heard, int):
            session.heard = heard
            self._is_heard.set()

    def ask_to_reconnect(self) -> None:
        """Op 7: come back and resume."""
        for line in self._lines:
            line.send({"op": RECONNECT, "d": None, "s": None, "t": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9 to every session, which is forgotten unless it can be resumed."""
        for session in list(self._sessions.values()):
            if session.line is not None:
                session.line.send({"op": INVALID, "d": resumable, "s": None, "t": None})
            if not resumable:
                self._forget(session)

    def forget_sessions(self) -> None:
        """Nothing can be resumed from now on."""
        for session in list(self._sessions.values()):
            self._forget(session)

    def close_all(self, code: int) -> None:
        """Close every line with a code."""
        for line in list(self._lines):
            self._close(line, code)

    def send_raw(self, frame: Json) -> None:
        """Any frame at all, on every line."""
        for line in self._lines:
            line.send_unjudged(frame)

    # from the app

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=1_000_000)
        await socket.prepare(request)
        line = Line(socket, self._recording)
        self._lines.add(line)
        interval = int(self._heartbeat_interval * 1000)
        hello = {"heartbeat_interval": interval, "_trace": []}
        line.send({"op": HELLO, "d": hello, "s": None, "t": None})
        try:
            async for said in socket:
                if said.type is aiohttp.WSMsgType.TEXT:
                    self._hear(line, said.data)
        finally:
            self._gone(line, socket.close_code)
            await line.done()
        return socket

    def _gone(self, line: Line, code: int | None) -> None:
        session = self._session_of(line)
        self._leave(line)
        if session is not None and code in (1000, 1001):
            # whoever says goodbye does not come back
            self._forget(session)

    def _hear(self, line: Line, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            self._close(line, 4002)
            return
        shown = frame
        if frame.get("op") in (IDENTIFY, RESUME):
            shown = {**frame, "d": {**frame["d"], "token": "SECRET"}}
        self._recording.write("frame", direction="in", frame=shown)
        match frame.get("op"), frame.get("d"):
            case op, heard if op == HEARTBEAT:
                self._note_heard(line, heard)
                if self.answers_heartbeats:
                    line.send({"op": ACK, "d": None, "s": None, "t": None})
            case op, dict() as data if op == IDENTIFY:
                self._identify(line, data)
            case op, dict() as data if op == RESUME:
                self._resume(line, data)
            case op, dict() as data if op == REQUEST_MEMBERS:
                self._show_members(line, data)
            case op, _ if op in (PRESENCE, VOICE):
                return
            case _:
                self._close(line, 4001)

    def _identify(self, line: Line, data: Json) -> None:
        self.identifies += 1
        intents = data.get("intents")
        if data.get("token") != self._application.token or self.identifies > IDENTIFIES_A_DAY:
            self._close(line, 4004)
        elif self._session_of(line) is not None:
            self._close(line, 4005)
        elif not isinstance(intents, int) or intents & ~_KNOWN_BITS:
            self._close(line, 4013)
        elif intents & self._application.disallowed:
            self._close(line, 4014)
        else:
            mine, of = data.get("shard") or (0, 1)
            session = Session(uuid4().hex, intents, (mine, of))
            self._sessions[session.id] = session
            self._greet(session, line)

    def _greet(self, session: Session, line: Line) -> None:
        session.line = line
        served = [each for each in self._own_guilds() if session.serves(each.id)]
        session.tell(
            "READY",
            {
                "v": 10,
                "user": events.own_user(self._application),
                "guilds": [{"id": each.id, "unavailable": True} for each in served],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": list(session.shard),
                "application": {"id": self._application.id, "flags": self._application.flags},
            },
        )
        for each in served:
            if each.is_available:
                session.tell("GUILD_CREATE", self.guild_create(each, session))
            else:
                session.tell("GUILD_DELETE", {"id": each.id, "unavailable": True})
        self._is_ready.set()

    def _own_guilds(self) -> list[Guild]:
        return [g for g in self._guilds.values() if self._application.bot.id in g.members]

    def guild_create(self, guild: Guild, session: Session, *, is_new: bool = False) -> Json:
        """A guild as a session sees it."""
        with_all = session.sees(INTENTS["members"])
        reader = self._application.bot.id
        shown = events.guild_create(guild, reader, self._people, with_all=with_all)
        # only of a guild that was there before it says that it is not unavailable
        return {**shown, **({} if is_new else {"unavailable": False})}

    def _resume(self, line: Line, data: Json) -> None:
        if data.get("token") != self._application.token:
            self._close(line, 4004)
            return
        session = next((s for s in self._alive() if s.id == data.get("session_id")), None)
        after = data.get("seq") or 0
        is_known = session is not None and (not session.told or session.told[0]["s"] <= after + 1)
        if self.refused_resumes or session is None or not is_known:
            self.refused_resumes = max(0, self.refused_resumes - 1)
            if session is not None:
                self._forget(session)
            line.send({"op": INVALID, "d": False, "s": None, "t": None})
            return
        if after > session.sequence:
            self._close(line, 4007)
            return
        self.resumes += 1
        session.line, session.left_at = line, None
        for frame in [frame for frame in session.told if frame["s"] > after]:
            self.replayed += 1
            line.send(frame)
        session.tell("RESUMED", {"_trace": []})
        self._is_ready.set()

    def _show_members(self, line: Line, data: Json) -> None:
        session = self._session_of(line)
        guild = self._guilds.get(str(data.get("guild_id")))
        if session is None or guild is None:
            self._close(line, 4003)
            return
        wanted = data.get("user_ids")
        wanted = [wanted] if isinstance(wanted, str | int) else wanted
        names = [str(each) for each in wanted] if wanted else list(guild.members)
        found = [guild.members[each] for each in names if each in guild.members]
        if data.get("query"):
            found = [m for m in found if m.user.name.startswith(data["query"])]
        chunk: Json = {
            "guild_id": guild.id,
            "members": [events.member(each) for each in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [each for each in names if each not in guild.members],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.tell("GUILD_MEMBERS_CHUNK", chunk)

    # helpers

    def _session_of(self, line: Line) -> Session | None:
        return next((s for s in self._sessions.values() if s.line is line), None)

    def _forget(self, session: Session) -> None:
        session.line = None
        self._sessions.pop(session.id, None)
        self._note_ready()

    def _leave(self, line: Line) -> None:
        self._lines.discard(line)
        session = self._session_of(line)
        if session is not None:
            session.line, session.left_at = None, time.monotonic()
        self._note_ready()

    def _note_ready(self) -> None:
        if not self.open:
            self._is_ready.clear()

    def _close(self, line: Line, code: int) -> None:
        self.closes.append(code)
        line.close(code)

    async def close(self) -> None:
        for line in list(self._lines):
            line.cut()
