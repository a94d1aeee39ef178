"""Starts `cairn run` again and again without importing it again: a fork for each line of input.

Prints the process number of each. Nothing but imports happens before a fork: no loop, no thread,
no connection.
"""

import os
import signal
import sys

import adapters.web.server  # noqa: F401 - a platform's first need of it would be after the fork
import bot.__main__
import bot.bootstrap.discord
import bot.bootstrap.serving
import bot.bootstrap.slack
import bot.settings


def main() -> None:
    # nobody asks how they ended
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            bot.__main__._log_to_stderr()
            bot.__main__.run()
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
