"""A bare bolt app behind the same web server: `python -m benchmarks._bare_bolt PORT [DATABASE]`.

It acknowledges each command, with a database after one committed row.
"""

import asyncio
import sys

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.storage.database import Database
from adapters.web.server import WebServer

SECRET = "signing-secret"

metadata = MetaData()
kept = Table("kept", metadata, Column("id", Integer, primary_key=True), Column("text", Text))


async def main(port: int, url: str | None) -> None:
    database = Database(url) if url else None
    if database is not None:
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
    app = AsyncApp(signing_secret=SECRET, authorize=_authorize)

    @app.command("/cairn")
    async def take(ack: AsyncAck, body: dict[str, str]) -> None:
        if database is not None:
            async with database.writing() as connection:
                await connection.execute(insert(kept).values(text=body["text"]))
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def answer(request: Request) -> Response:
        return await handler.handle(request)

    async def readiness() -> dict[str, str]:
        return {}

    route = Route("/slack/events", answer, methods=["POST"])
    server = WebServer("127.0.0.1", port, [route], readiness)
    await server.start()
    await asyncio.Event().wait()


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_user_id="U0")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
