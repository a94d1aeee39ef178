"""What a start loads: only what the first screen needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import program

HEAVY = ("discord", "matplotlib", "numpy", "scipy", "slack_bolt", "slack_sdk", "psycopg")
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


@pytest.mark.parametrize("words", [("new-key",), ("--help",)])
def test_small_commands_load_no_database(tmp_path: Path, words: tuple[str, ...]) -> None:
    loaded = _loaded(*words, cwd=tmp_path)
    assert loaded.isdisjoint({*HEAVY, *FOR_A_TERMINAL, *NOT_A_SECOND_TIME, "sqlalchemy"})
