"""The rules of the house that a machine can check."""

import ast
import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from adapters.discord.invite import PERMISSIONS
from adapters.slack.manifest import SCOPES
from bot.chat.wording import wording_for
from bot.commands.reference import reference
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "scheduler")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_imports_only_point_where_the_contracts_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: str(p.parent.name)
)
def test_a_package_opens_with_a_docstring_and_nothing_else(path: Path) -> None:
    module = ast.parse(path.read_text())
    assert ast.get_docstring(module)
    assert len(module.body) == 1


def test_every_module_opens_with_one_sentence() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_nothing_but_the_clocks_asks_the_machine_what_time_it_is() -> None:
    asking = re.compile(r"datetime\.now\(|datetime\.utcnow\(|date\.today\(|time\.time\(")
    allowed = {"bot/bootstrap/clock.py", "scheduler/runner.py"}
    found = {str(path.relative_to(ROOT)) for path in SOURCES if asking.search(path.read_text())}
    assert found == allowed


def test_the_example_of_settings_names_each_setting_and_no_other() -> None:
    named = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert named == known


def test_the_reference_of_commands_is_what_the_table_says() -> None:
    written = (ROOT / "docs" / "commands.md").read_text()
    assert written == reference(wording_for()), "run `make docs`"


def test_each_scope_that_slack_is_asked_for_is_explained() -> None:
    page = (ROOT / "docs" / "slack.md").read_text()
    table = page.partition("| scope |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == [f"| `{scope}` | {why} |" for scope, why in SCOPES.items()]


def test_each_permission_that_discord_is_asked_for_is_explained() -> None:
    page = (ROOT / "docs" / "discord.md").read_text()
    table = page.partition("| permission |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == [f"| {one.label} | {one.why} |" for one in PERMISSIONS]


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_a_lock_file_names_no_index_and_no_path(name: str) -> None:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("-", "file:"))]
