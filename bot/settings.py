"""Settings of a server, read once from the environment; each also from a file (`..._FILE`)."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.errors import CairnError


class SettingsError(CairnError):
    """Settings that can't be used; the message has a line for each problem."""


class Settings(BaseSettings):
    """What a host sets; `.env.example` explains each name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    keys: Annotated[tuple[str, ...], NoDecode] = Field(validation_alias="CAIRN_KEYS")
    data_dir: Path = Field(Path("data"), validation_alias="CAIRN_DATA_DIR")
    database_url: str = Field("", validation_alias="CAIRN_DATABASE_URL")

    @field_validator("keys", mode="before")
    @classmethod
    def _split(cls, value: str) -> tuple[str, ...]:
        keys = tuple(value.replace(",", " ").split())
        if not keys:
            message = _HINTS["CAIRN_KEYS"]
            raise ValueError(message)
        return keys

    @field_validator("database_url")
    @classmethod
    def _is_supported(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            message = "must begin with sqlite: or postgresql:"
            raise ValueError(message)
        return value

    @property
    def database(self) -> str:
        """The database's address: as set, or an SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'cairn.db'}"


_HINTS = {
    "CAIRN_KEYS": "must be set; it protects what people write. `cairn new-key` makes a key. "
    "Keep it safe: without it the texts are lost",
}


def read_settings() -> Settings:
    """Read the environment. Raises `SettingsError` with all that is wrong."""
    problems: list[str] = []
    from_files = _from_files(problems)
    try:
        settings = Settings(**from_files)
    except ValidationError as error:
        problems += [
            f"{problem['loc'][0]}: {_said(str(problem['loc'][0]), problem['msg'])}"
            for problem in error.errors()
        ]
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        message = f"These settings can't be used; correct them and start again:{lines}"
        raise SettingsError(message)
    return settings


def _from_files(problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        if path := os.environ.get(f"{name}_FILE"):
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{name}_FILE: {path} can't be read ({error})")
    return found


def _said(name: str, message: str) -> str:
    if message == "Field required":
        return _HINTS[name]
    return message.removeprefix("Value error, ")
