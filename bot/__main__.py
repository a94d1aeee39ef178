"""The command line; `cairn --help` lists its commands."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, TypeVar

import structlog
import typer

from bot.domain.errors import CairnError

if TYPE_CHECKING:
    from bot.bootstrap.core import Ground
    from bot.bootstrap.serving import Platform

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    # its boxes show the values of variables, and those may be what a person wrote
    pretty_exceptions_enable=False,
    help="Cairn, a self-hosted mentoring bot for Slack and Discord.",
)
database = typer.Typer(no_args_is_help=True, help="Look after the database.")
app.add_typer(database, name="db")
slack = typer.Typer(no_args_is_help=True, help="What Slack needs to know of Cairn.")
app.add_typer(slack, name="slack")
discord = typer.Typer(no_args_is_help=True, help="What Discord needs to know of Cairn.")
app.add_typer(discord, name="discord")


@app.command()
def demo(
    data: Annotated[
        Path | None, typer.Option(help="Keep everything in this folder between runs.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where exports are written.")] = Path(),
) -> None:
    """Try Cairn in this terminal: a small community, a movable clock, no tokens."""
    from bot.bootstrap.demo import DemoFolder, run_demo

    if data is not None:
        _run(run_demo(DemoFolder(data), out))
        return
    with TemporaryDirectory(prefix="cairn-demo-") as folder:
        _run(run_demo(DemoFolder(Path(folder)), out))


@app.command()
def run(
    platforms: Annotated[
        list[str] | None,
        typer.Argument(metavar="[slack] [discord]", help="Serve only these.", show_default=False),
    ] = None,
) -> None:
    """Serve the platforms whose tokens are set, or only those named."""
    from bot.bootstrap.clock import clock_of
    from bot.bootstrap.serving import Web, serve
    from bot.settings import chosen_platforms, read_settings

    settings = read_settings()
    served = chosen_platforms(settings, platforms or ())
    makers: list[Callable[[Ground], Platform]] = []
    # a platform that is off costs nothing
    if "slack" in served:
        from bot.bootstrap.slack import slack_platform

        makers.append(partial(slack_platform, settings))
    if "discord" in served:
        from bot.bootstrap.discord import discord_platform

        makers.append(partial(discord_platform, settings))
    clock, web = clock_of(settings.clock_offset_file), Web(settings.http_host, settings.http_port)
    _run(serve(settings.database, settings.keys, clock, makers, web))


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the database up to this release."""
    from bot.bootstrap.databases import upgrade_database
    from bot.settings import read_settings

    typer.echo(_run(upgrade_database(read_settings().database)))


@database.command("check")
def db_check() -> None:
    """Say whether the database is reachable, sound and up to date."""
    from bot.bootstrap.databases import check_database
    from bot.settings import read_settings

    typer.echo(_run(check_database(read_settings().database)))


@app.command()
def doctor() -> None:
    """Look at everything that serving needs, and say what to do about what is not well."""
    from bot.bootstrap.doctor import examine
    from bot.settings import read_settings

    async def look() -> bool:
        is_well = True
        async for finding in examine(read_settings()):
            typer.echo(f"{'ok  ' if finding.is_well else 'LOOK'}  {finding.line}")
            is_well &= finding.is_well
        return is_well

    if not _run(look()):
        sys.exit(1)


@slack.command("manifest")
def slack_manifest(
    public_url: Annotated[
        str, typer.Option(help="Where Slack reaches Cairn; needed for HTTP mode and OAuth.")
    ] = "",
    http: Annotated[bool, typer.Option(help="For HTTP mode instead of Socket Mode.")] = False,
    link: Annotated[bool, typer.Option(help="Print a link that creates the app.")] = False,
) -> None:
    """Print the manifest to create the Slack app with."""
    from bot.bootstrap.slack import manifest_link, manifest_yaml

    if http and not public_url:
        typer.echo("HTTP mode needs --public-url: Slack must know where to send.", err=True)
        sys.exit(2)
    make = manifest_link if link else manifest_yaml
    typer.echo(make(public_url or None, is_socket_mode=not http), nl=link)


@discord.command("invite")
def discord_invite() -> None:
    """Print the link that invites Cairn to a server, with exactly the permissions it needs."""
    from bot.bootstrap.discord import invite_link
    from bot.settings import chosen_platforms, read_settings

    settings = read_settings()
    chosen_platforms(settings, ["discord"])
    typer.echo(_run(invite_link(settings)))


@app.command("new-key")
def new_key() -> None:
    """Print a new key for CAIRN_KEYS."""
    from adapters.crypto.ring import new_ring_key

    typer.echo(new_ring_key())


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("cairn-bot"))


def _run(work: Coroutine[None, None, T]) -> T:
    return asyncio.run(work)


def main() -> None:
    """Run the command line; a problem with a remedy is one message, without a traceback."""
    _log_to_stderr()
    try:
        app()
    except CairnError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except BrokenPipeError:
        # whoever read the output has seen enough; the interpreter must not write any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    main()
