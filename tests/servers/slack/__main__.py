"""A local Slack in a process of its own: `python -m tests.servers.slack --people 100`.

Prints one line of JSON that says how to reach it. A line on its input asks for how many posts it
took and refused; the end of its input ends it.
"""

import argparse
import asyncio
import json
import sys
from collections import deque
from typing import Any

from tests.servers.slack.limits import Limits
from tests.servers.slack.server import ApiCall, SlackServer


class Counts(deque[ApiCall]):
    """Calls, of which only the last is kept, and posts are counted."""

    def __init__(self) -> None:
        super().__init__(maxlen=1)
        self.posts = 0
        self.times: list[float] = []

    def append(self, call: ApiCall, /) -> None:
        if call.method == "chat.postMessage" and call.status == 200 and call.response["ok"]:
            self.posts += 1
            self.times.append(call.at)
        super().append(call)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--posts-per-minute", type=int, default=0, help="0: no limits at all")
    options = parser.parse_args()
    most = options.posts_per_minute
    limits = Limits.published(most) if most else Limits.none()
    async with SlackServer(limits=limits, tells_own_messages=False) as slack:
        counts = Counts()
        # counted instead of kept
        slack.calls = counts  # type: ignore[assignment]
        workspace = slack.add_workspace("T1", "Bench")
        workspace.add_channel("CTEAM", "team")
        for number in range(options.people):
            slack.add_person(workspace, f"U{number}", f"m{number}")
            workspace.direct(f"U{number}")
        token = slack.install("T1").bot_token
        _say(api_url=slack.api_url, token=token, app_token=slack.app.app_token)
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while await lines.readline():
            refused = [at for *_, at in slack.rate_limited]
            _say(
                posts=counts.posts,
                times=counts.times,
                refused=refused,
                violations=slack.violations[:5],
            )


def _say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
