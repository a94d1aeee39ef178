"""The command line: what works, and one message with what to do where something does not."""

import shutil
import socket
import sqlite3
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.e2e import program

KEYS_MISSING = "CAIRN_KEYS: must be set"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> str:
    return program.cairn("new-key", cwd=tmp_path_factory.mktemp("key")).out.strip()


@pytest.fixture(scope="module")
def migrated(key: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is up to date."""
    folder = tmp_path_factory.mktemp("migrated")
    given = {"CAIRN_KEYS": key, "CAIRN_DATA_DIR": "."}
    assert program.cairn("db", "upgrade", cwd=folder, settings=given).code == 0
    return folder / "cairn.db"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that has been started once."""
    folder = tmp_path_factory.mktemp("begun")
    assert program.demo([], "--data", "data", cwd=folder).code == 0
    return folder / "data"


@pytest.fixture
def data(begun: Path, tmp_path: Path) -> Path:
    """A copy of it, `data` in the test's folder."""
    return Path(shutil.copytree(begun, tmp_path / "data"))


@pytest.fixture
def settings(key: str, tmp_path: Path) -> dict[str, str]:
    return {"CAIRN_KEYS": key, "CAIRN_DATABASE_URL": f"sqlite:///{tmp_path / 'cairn.db'}"}


def _assert_fails_plainly(ended: program.Ended, *needed: str, lines: int = 1) -> None:
    """One message on standard error, no traceback, and a code that says so."""
    assert ended.code == 1
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert len(ended.err.splitlines()) == lines
    assert [part for part in needed if part not in ended.err] == []


def test_version_is_the_packages(tmp_path: Path) -> None:
    project = tomllib.loads((program.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ended = program.cairn("version", cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (0, f"{project['version']}\n", "")


def test_help_names_every_command(tmp_path: Path) -> None:
    ended = program.cairn("--help", cwd=tmp_path)
    assert ended.code == 0
    commands = ("demo", "run", "db", "new-key", "version")
    assert [name for name in commands if f" {name} " not in ended.out] == []


def test_each_new_key_is_another_and_a_server_takes_it(
    tmp_path: Path, settings: dict[str, str], key: str
) -> None:
    other = program.cairn("new-key", cwd=tmp_path).out.strip()
    assert len({key, other}) == 2
    ring = {**settings, "CAIRN_KEYS": f"{other},{key}"}
    _assert_fails_plainly(
        program.cairn("run", cwd=tmp_path, settings=ring), "no platform", "`cairn demo`"
    )


def test_run_without_keys_says_how_to_make_one(tmp_path: Path) -> None:
    ended = program.cairn("run", cwd=tmp_path)
    _assert_fails_plainly(ended, KEYS_MISSING, "`cairn new-key`", lines=2)
    assert list(tmp_path.iterdir()) == []


def test_all_settings_that_are_wrong_stand_in_one_message(tmp_path: Path) -> None:
    wrong = {
        "CAIRN_KEYS": " , ",
        "CAIRN_DATABASE_URL": "mysql://somewhere/cairn",
        "CAIRN_DATA_DIR_FILE": "/nowhere/at/all",
    }
    ended = program.cairn("run", cwd=tmp_path, settings=wrong)
    _assert_fails_plainly(
        ended, KEYS_MISSING, "CAIRN_DATABASE_URL: must begin", "CAIRN_DATA_DIR_FILE: ", lines=4
    )


def test_keys_that_are_no_keys_are_named_but_not_shown(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    wrong = {**settings, "CAIRN_KEYS": "correct-horse-battery"}
    ended = program.cairn("run", cwd=tmp_path, settings=wrong)
    _assert_fails_plainly(ended, "key")
    assert "horse" not in ended.err


def test_settings_can_come_from_files(tmp_path: Path, settings: dict[str, str]) -> None:
    given = {}
    for name, value in settings.items():
        path = tmp_path / name.lower()
        path.write_text(f"{value}\n", encoding="utf-8")
        given[f"{name}_FILE"] = str(path)
    ended = program.cairn("db", "upgrade", cwd=tmp_path, settings=given)
    assert (ended.code, ended.err) == (0, "")
    assert (tmp_path / "cairn.db").exists()


def test_without_a_database_url_it_is_a_file_in_the_data_folder(tmp_path: Path, key: str) -> None:
    given = {"CAIRN_KEYS": key, "CAIRN_DATA_DIR": "here"}
    assert program.cairn("db", "upgrade", cwd=tmp_path, settings=given).code == 0
    assert (tmp_path / "here" / "cairn.db").exists()


def test_a_fresh_database_is_told_apart_and_brought_up_to_date(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    sqlite3.connect(tmp_path / "cairn.db").close()
    fresh = program.cairn("db", "check", cwd=tmp_path, settings=settings)
    assert (fresh.code, fresh.err) == (0, "")
    assert "revision none" in fresh.out
    upgraded = program.cairn("db", "upgrade", cwd=tmp_path, settings=settings)
    again = program.cairn("db", "upgrade", cwd=tmp_path, settings=settings)
    checked = program.cairn("db", "check", cwd=tmp_path, settings=settings)
    for ended in (upgraded, again, checked):
        assert (ended.code, ended.err, len(ended.lines)) == (0, "", 1)
        assert "sound and up to date" in ended.out


@pytest.mark.parametrize("words", [("db", "check"), ("db", "upgrade"), ("run",)])
def test_a_newer_database_is_left_alone(
    tmp_path: Path, settings: dict[str, str], migrated: Path, words: tuple[str, ...]
) -> None:
    shutil.copy(migrated, tmp_path)
    _make_newer(tmp_path / "cairn.db")
    before = _dump(tmp_path / "cairn.db")
    ended = program.cairn(*words, cwd=tmp_path, settings=settings)
    _assert_fails_plainly(ended, "newer release of Cairn", "ffffffffffff")
    assert _dump(tmp_path / "cairn.db") == before


@pytest.mark.parametrize("words", [("db", "check"), ("db", "upgrade"), ("run",)])
def test_a_damaged_database_is_named_as_one(
    tmp_path: Path, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    (tmp_path / "cairn.db").write_bytes(b"a letter, not a database\n" * 400)
    ended = program.cairn(*words, cwd=tmp_path, settings=settings)
    _assert_fails_plainly(ended, "damaged or not a database")


def test_a_database_with_a_broken_page_is_named_as_damaged(
    tmp_path: Path, settings: dict[str, str], migrated: Path
) -> None:
    path = Path(shutil.copy(migrated, tmp_path))
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 20] = b"\xff" * 4096 * 17
    path.write_bytes(content)
    ended = program.cairn("db", "check", cwd=tmp_path, settings=settings)
    _assert_fails_plainly(ended, "damaged or not a database")


@pytest.mark.parametrize("words", [("db", "upgrade"), ("run",)])
def test_a_database_that_can_only_be_read_is_named_as_one(
    tmp_path: Path, settings: dict[str, str], migrated: Path, words: tuple[str, ...]
) -> None:
    shutil.copy(migrated, tmp_path)
    # The address and not the rights, which do not bind everybody who runs tests.
    url = f"sqlite:///file:{tmp_path / 'cairn.db'}?mode=ro&uri=true"
    ended = program.cairn(*words, cwd=tmp_path, settings={**settings, "CAIRN_DATABASE_URL": url})
    _assert_fails_plainly(ended, "can't be written")


def test_a_database_without_a_folder_is_named_as_unreachable(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'cairn.db'}"
    given = {**settings, "CAIRN_DATABASE_URL": url}
    ended = program.cairn("db", "check", cwd=tmp_path, settings=given)
    _assert_fails_plainly(ended, "can't be opened")


@pytest.mark.parametrize("words", [("db", "check"), ("db", "upgrade"), ("run",)])
def test_a_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"postgresql://cairn:sesame@127.0.0.1:{port}/cairn"
        given = {**settings, "CAIRN_DATABASE_URL": url}
        ended = program.cairn(*words, cwd=tmp_path, settings=given)
    _assert_fails_plainly(ended, "can't be opened", f"127.0.0.1:{port}")
    assert "sesame" not in ended.err


@pytest.mark.parametrize("url", ["sqlite:no", "postgresql:x", "postgresql://host:port/cairn"])
def test_an_address_that_is_none_is_named_as_a_setting(
    tmp_path: Path, settings: dict[str, str], url: str
) -> None:
    given = {**settings, "CAIRN_DATABASE_URL": url}
    ended = program.cairn("db", "check", cwd=tmp_path, settings=given)
    _assert_fails_plainly(ended, "CAIRN_DATABASE_URL", "can't be read")
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_started_again_keeps_everything(tmp_path: Path) -> None:
    first = program.demo(
        [":wait 30m", ":reply Here I began.", ":as ana", ":quit"], "--data", "data", cwd=tmp_path
    )
    second = program.demo([":history", "/cairn status"], "--data", "data", cwd=tmp_path)
    third = program.demo([":as ben", "/cairn export"], "--data", "data", cwd=tmp_path)
    assert (first.code, second.code, third.code) == (0, 0, 0)
    assert "you are ana in #team." in second.lines[0]
    assert "Here I began." in second.out
    document, _ = program.exported(tmp_path / "out" / "cairn-export-ben-2026-03-02.zip")
    assert [each["text"] for each in document["reflections"]] == ["Here I began."]


def test_nothing_that_people_wrote_stands_in_the_folder_in_clear(tmp_path: Path) -> None:
    secrets = ["zanzibar", "timbuktu", "popocatepetl", "kilimanjaro"]
    lines = [
        ":dm",
        f"/cairn why {secrets[0]}",
        f"/cairn reflect {secrets[1]}",
        f"/cairn mentor request @ana note={secrets[2]}",
        secrets[3],
    ]
    assert program.demo(lines, "--data", "data", cwd=tmp_path).code == 0
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"cairn.db", "console.log", "keys"}
    for path in files:
        found = [secret for secret in secrets if secret.encode() in path.read_bytes()]
        assert not found, path


def test_a_demo_without_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ended = program.cairn("demo", cwd=tmp_path, settings={"TMPDIR": str(temporary)})
    assert ended.code == 0
    assert list(temporary.iterdir()) == []


def test_a_demo_on_a_newer_database_says_so(tmp_path: Path, data: Path) -> None:
    _make_newer(data / "cairn.db")
    ended = program.demo([], "--data", "data", cwd=tmp_path)
    _assert_fails_plainly(ended, "newer release of Cairn")


def test_a_demo_on_a_damaged_database_says_so(tmp_path: Path, data: Path) -> None:
    (data / "cairn.db").write_bytes(b"no database" * 1000)
    ended = program.demo([], "--data", "data", cwd=tmp_path)
    _assert_fails_plainly(ended, "damaged or not a database")


def test_a_demo_without_its_keys_says_so_and_makes_no_others(tmp_path: Path, data: Path) -> None:
    (data / "keys").unlink()
    ended = program.demo([], "--data", "data", cwd=tmp_path)
    _assert_fails_plainly(ended, "keys")
    assert not (data / "keys").exists()


@pytest.mark.parametrize("keys", [b"", b"scrambled\n", b"\xff\xfe\n"])
def test_a_demo_with_scrambled_keys_says_so(tmp_path: Path, data: Path, keys: bytes) -> None:
    (data / "keys").write_bytes(keys)
    ended = program.demo([], "--data", "data", cwd=tmp_path)
    _assert_fails_plainly(ended, "key")


def test_a_demo_with_the_keys_of_another_says_so(tmp_path: Path, data: Path) -> None:
    other = program.cairn("new-key", cwd=tmp_path).out
    (data / "keys").write_text(other)
    ended = program.demo([], "--data", "data", cwd=tmp_path)
    _assert_fails_plainly(ended, "written with other keys")


def test_a_check_makes_no_database_where_there_is_none(tmp_path: Path, key: str) -> None:
    settings = {"CAIRN_KEYS": key, "CAIRN_DATA_DIR": str(tmp_path / "nowhere")}
    ended = program.cairn("db", "check", cwd=tmp_path, settings=settings)
    _assert_fails_plainly(ended, "no such file")
    assert not (tmp_path / "nowhere").exists()


def test_a_demo_whose_log_is_damaged_in_its_middle_says_where(tmp_path: Path, data: Path) -> None:
    log = data / "console.log"
    lines = log.read_text("utf-8").splitlines(keepends=True)
    log.write_text("".join([*lines[:4], "scrambled\n", *lines[5:]]), "utf-8")
    ended = program.demo([], "--data", "data", cwd=tmp_path)
    _assert_fails_plainly(ended, "Line 5 of")


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_demo_in_a_folder_that_is_none_says_so(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    ended = program.demo([], "--data", folder, cwd=tmp_path)
    _assert_fails_plainly(ended, "can't be used as the demo's folder")


def test_a_demo_in_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    # Nobody may write here, whoever runs the tests.
    ended = program.demo([], "--data", "/proc/cairn", cwd=tmp_path)
    _assert_fails_plainly(ended, "can't be used as the demo's folder")


def test_a_second_demo_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen(
        program.command("demo", "--data", "data"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=program.environment(),
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        second = program.demo([], "--data", "data", cwd=tmp_path)
        first.communicate(b":quit\n")
    _assert_fails_plainly(second, "Another demo uses this folder.")
    assert first.returncode == 0


def _make_newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    connection.close()


def _dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()
