"""Settings of a server, read once from the environment; each also from a file (`..._FILE`)."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator
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
    clock_offset_file: Path | None = Field(None, validation_alias="CAIRN_CLOCK_OFFSET_FILE")

    http_host: str = Field("127.0.0.1", validation_alias="CAIRN_HTTP_HOST")
    http_port: int = Field(8080, validation_alias="CAIRN_HTTP_PORT", ge=0, le=65_535)
    public_url: str = Field("", validation_alias="CAIRN_PUBLIC_URL")

    slack_bot_token: str = Field("", validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: str = Field("", validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: str = Field("", validation_alias="SLACK_SIGNING_SECRET")
    slack_client_id: str = Field("", validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: str = Field("", validation_alias="SLACK_CLIENT_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL")
    slack_posts_per_minute: int = Field(
        200, validation_alias="SLACK_POSTS_PER_MINUTE", ge=1, le=60_000
    )

    discord_token: str = Field("", validation_alias="DISCORD_TOKEN")
    discord_message_content: bool = Field(False, validation_alias="DISCORD_MESSAGE_CONTENT")
    discord_api_url: str = Field("https://discord.com/api/v10", validation_alias="DISCORD_API_URL")
    discord_gateway_url: str = Field("", validation_alias="DISCORD_GATEWAY_URL")
    discord_posts_per_minute: int = Field(
        1400, validation_alias="DISCORD_POSTS_PER_MINUTE", ge=1, le=60_000
    )

    @field_validator("discord_token")
    @classmethod
    def _is_discord_token(cls, value: str) -> str:
        token = value.strip().removeprefix("Bot ")
        if token and token.count(".") != 2:
            message = "must be a bot's token, of three parts with dots between them"
            raise ValueError(message)
        return token

    @field_validator("discord_message_content", mode="before")
    @classmethod
    def _is_on_or_off(cls, value: object) -> bool:
        if isinstance(value, bool):
            return value
        if str(value).strip().lower() not in ("on", "off", ""):
            message = "must be on or off"
            raise ValueError(message)
        return str(value).strip().lower() == "on"

    @field_validator("discord_gateway_url")
    @classmethod
    def _is_gateway(cls, value: str) -> str:
        if value and not value.startswith(("ws://", "wss://")):
            message = "must begin with wss://"
            raise ValueError(message)
        return value

    @field_validator("slack_bot_token")
    @classmethod
    def _is_bot_token(cls, value: str) -> str:
        return _beginning(value, "xoxb-", "xoxe.xoxb-")

    @field_validator("slack_app_token")
    @classmethod
    def _is_app_token(cls, value: str) -> str:
        return _beginning(value, "xapp-")

    @field_validator("slack_api_url", "discord_api_url", "public_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            message = "must begin with https://"
            raise ValueError(message)
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_slash(cls, value: str) -> str:
        return value if value.endswith("/") else f"{value}/"

    @model_validator(mode="after")
    def _slack_is_whole(self) -> Self:
        is_many = bool(self.slack_client_id or self.slack_client_secret)
        if not self.slack_bot_token and not is_many:
            if self.slack_app_token or self.slack_signing_secret:
                message = "SLACK_BOT_TOKEN: must be set too (it begins with xoxb-)"
                raise ValueError(message)
            return self
        if is_many and not (self.slack_client_id and self.slack_client_secret):
            message = "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: set both or neither"
            raise ValueError(message)
        if is_many and self.slack_bot_token:
            message = (
                "SLACK_BOT_TOKEN: is for one workspace, SLACK_CLIENT_ID for many; set one of them"
            )
            raise ValueError(message)
        if is_many and not self.public_url:
            message = (
                "CAIRN_PUBLIC_URL: must be set, so that workspaces can install Cairn at "
                "CAIRN_PUBLIC_URL/slack/install"
            )
            raise ValueError(message)
        if not self.slack_app_token and not self.slack_signing_secret:
            message = (
                "SLACK_APP_TOKEN: must be set for Socket Mode (it begins with xapp-), or "
                "SLACK_SIGNING_SECRET for HTTP mode"
            )
            raise ValueError(message)
        return self

    @property
    def has_slack(self) -> bool:
        """Whether Slack is to be served."""
        return bool(self.slack_bot_token or self.slack_client_id)

    @property
    def has_discord(self) -> bool:
        """Whether Discord is to be served."""
        return bool(self.discord_token)

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


def _beginning(value: str, *beginnings: str) -> str:
    if value and not value.startswith(beginnings):
        message = f"must begin with {beginnings[0]}"
        raise ValueError(message)
    return value


def read_settings() -> Settings:
    """Read the environment. Raises `SettingsError` with all that is wrong."""
    problems: list[str] = []
    from_files = _from_files(problems)
    try:
        settings = Settings(**from_files)
    except ValidationError as error:
        problems += [_said(problem["loc"], problem["msg"]) for problem in error.errors()]
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        message = f"These settings can't be used; correct them and start again:{lines}"
        raise SettingsError(message)
    return settings


def chosen_platforms(settings: Settings, named: Collection[str]) -> frozenset[str]:
    """The platforms to serve: those named, else all whose tokens are set.

    Raises `SettingsError` for one that is unknown or has no token.
    """
    tokens = {
        "slack": (settings.has_slack, "SLACK_BOT_TOKEN"),
        "discord": (settings.has_discord, "DISCORD_TOKEN"),
    }
    for name in named:
        if name not in tokens:
            message = f"There is no platform called {name}; there are {' and '.join(tokens)}."
            raise SettingsError(message)
        if not tokens[name][0]:
            message = (
                f"{tokens[name][1]} is not set, and without it there is no {name.capitalize()} "
                f"to serve. docs/{name}.md tells how to get it."
            )
            raise SettingsError(message)
    return frozenset(named or (name for name, (is_on, _) in tokens.items() if is_on))


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


def _said(where: tuple[int | str, ...], message: str) -> str:
    sentence = message.removeprefix("Value error, ")
    if not where:
        return sentence
    name = str(where[0])
    return f"{name}: {_HINTS[name] if message == 'Field required' else sentence}"
