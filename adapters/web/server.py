"""One web server in the program's own event loop."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.domain.errors import CairnError

Routes = Sequence[BaseRoute]
"""Paths with what answers them."""

Readiness = Callable[[], Awaitable[dict[str, str]]]
"""What is not ready yet, by name, in words; empty when all is."""

_PATIENCE = 5
"""Seconds that requests have to finish when the server stops."""


class WebServerError(CairnError):
    """The server can't listen where it should."""


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the program has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class WebServer:
    """Serves `/healthz`, `/readyz` and the given routes; port 0 takes a free one."""

    def __init__(self, host: str, port: int, routes: Routes, readiness: Readiness) -> None:
        """Put the server together; it listens from `start` on."""
        self._host, self._port = host, port
        self._readiness = readiness
        app = Starlette(
            routes=[Route("/healthz", _alive), Route("/readyz", self._is_ready), *routes]
        )
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_PATIENCE,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `WebServerError`."""
        self._task = asyncio.create_task(self._serve(), name="web server")
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Finish what is under way, and listen no more."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        # uvicorn's way to say that it can't listen; it has logged why
        except SystemExit as error:
            message = (
                f"Nothing can listen on {self._host}:{self._port}: it is in use, or not allowed. "
                "Set CAIRN_HTTP_PORT to another port."
            )
            raise WebServerError(message) from error

    async def _is_ready(self, _request: Request) -> Response:
        missing = await self._readiness()
        return JSONResponse(
            {"ready": not missing, "missing": missing}, status_code=503 if missing else 200
        )


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
