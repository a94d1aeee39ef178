"""What a start loads: only what the first screen needs."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.crypto.ring import new_ring_key
from tests.e2e import program
from tests.e2e.slack_settings import settings_for
from tests.servers.slack.server import SlackServer

HEAVY = ("discord", "matplotlib", "numpy", "scipy", "slack_bolt", "slack_sdk", "psycopg")
FOR_LATER = ("matplotlib", "numpy", "scipy", "prompt_toolkit")
FOR_A_TERMINAL = ("prompt_toolkit",)
NOT_A_SECOND_TIME = ("alembic", "mako")

_MAIN = """
import json, sys
from bot.__main__ import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


_TELLS_WHEN_ASKED = f"""
import threading
def tell():
    if sys.stdin.readline():
        print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})), flush=True)
import json, sys
threading.Thread(target=tell, daemon=True).start()
{_MAIN}
"""


def _loaded(*words: str, cwd: Path) -> set[str]:
    """The top-level packages that `cairn WORDS` has loaded by its end."""
    ended = subprocess.run(
        [sys.executable, "-c", _MAIN, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=cwd,
        env=program.environment(),
        timeout=program.PATIENCE,
        check=True,
    )
    return set(json.loads(ended.stdout.splitlines()[-1]))


def test_a_demo_that_is_piped_loads_no_platform_no_terminal_and_no_pictures(
    tmp_path: Path,
) -> None:
    loaded = _loaded("demo", "--data", "data", cwd=tmp_path)
    assert "sqlalchemy" in loaded
    assert loaded.isdisjoint({*HEAVY, *FOR_A_TERMINAL})
    # An existing folder has nothing to migrate.
    again = _loaded("demo", "--data", "data", cwd=tmp_path)
    assert again.isdisjoint({*HEAVY, *FOR_A_TERMINAL, *NOT_A_SECOND_TIME})


async def test_a_server_loads_no_platform_that_is_off_and_nothing_for_later(
    tmp_path: Path,
) -> None:
    async with SlackServer() as slack:
        slack.add_workspace()
        token = slack.install("T1").bot_token
        settings = settings_for(slack, token, tmp_path, new_ring_key(), 0, socket_mode=True)
        for is_first in (True, False):
            loaded = await _loaded_by_serving(settings, tmp_path)
            assert {"slack_bolt", "sqlalchemy", "aiosqlite"} <= loaded
            assert loaded.isdisjoint({*FOR_LATER, "discord", "psycopg"})
            assert is_first or loaded.isdisjoint(NOT_A_SECOND_TIME)
    without = {name: value for name, value in settings.items() if not name.startswith("SLACK")}
    loaded = await _loaded_by_serving(without, tmp_path)
    assert loaded.isdisjoint({*FOR_LATER, *HEAVY})


@pytest.mark.parametrize(
    ("platform", "others"), [("slack", ("discord",)), ("discord", ("slack_bolt", "slack_sdk"))]
)
def test_a_platforms_wiring_loads_no_other(platform: str, others: tuple[str, ...]) -> None:
    words = f"import bot.bootstrap.serving, bot.bootstrap.{platform}, json, sys"
    tell = 'print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))'
    ended = subprocess.run(
        [sys.executable, "-c", f"{words}\n{tell}"],
        capture_output=True,
        env=program.environment(),
        timeout=program.PATIENCE,
        check=True,
    )
    assert set(json.loads(ended.stdout)).isdisjoint({*FOR_LATER, *others})


async def _loaded_by_serving(settings: Mapping[str, str], cwd: Path) -> set[str]:
    """The top-level packages that `cairn run` has loaded once it serves, or can't."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TELLS_WHEN_ASKED, "run"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env=program.environment(settings),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(program.PATIENCE):
        async for line in process.stderr:
            if b"event=serving" in line:
                process.stdin.write(b"\n")
                break
        told = await process.stdout.readline()
    if process.returncode is None:
        process.kill()
    await process.communicate()
    return set(json.loads(told))


@pytest.mark.parametrize("words", [("new-key",), ("--help",)])
def test_small_commands_load_no_database(tmp_path: Path, words: tuple[str, ...]) -> None:
    loaded = _loaded(*words, cwd=tmp_path)
    assert loaded.isdisjoint({*HEAVY, *FOR_A_TERMINAL, *NOT_A_SECOND_TIME, "sqlalchemy"})
