"""Starts `cairn run` again and again without importing it again: a fork for each line of input.

Prints the process number of each. Nothing but imports happens before a fork: no loop, no thread,
no connection.
"""

import asyncio
import os
import sys
from functools import partial

import adapters.web.server  # noqa: F401 - a platform's first need of it would be after the fork
import bot.__main__
import bot.bootstrap.slack
from bot.bootstrap.clock import clock_of
from bot.bootstrap.serving import Web, serve
from bot.settings import read_settings


def main() -> None:
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            _serve()
            os._exit(0)
        print(child, flush=True)


def _serve() -> None:
    bot.__main__._log_to_stderr()
    settings = read_settings()
    platforms = [partial(bot.bootstrap.slack.slack_platform, settings)]
    web = Web(settings.http_host, settings.http_port)
    clock = clock_of(settings.clock_offset_file)
    asyncio.run(serve(settings.database, settings.keys, clock, platforms, web))


if __name__ == "__main__":
    main()
