"""What a host sets to run `cairn run` in front of a local Slack."""

from pathlib import Path

from tests.servers.slack.server import SlackServer


def settings_for(
    slack: SlackServer, token: str, folder: Path, key: str, port: int, *, socket_mode: bool
) -> dict[str, str]:
    """What a host sets, for one workspace."""
    door = (
        {"SLACK_APP_TOKEN": slack.app.app_token}
        if socket_mode
        else {"SLACK_SIGNING_SECRET": slack.app.signing_secret}
    )
    return {
        "CAIRN_KEYS": key,
        "CAIRN_DATA_DIR": str(folder / "data"),
        "CAIRN_HTTP_PORT": str(port),
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": token,
        "SLACK_POSTS_PER_MINUTE": "6000",
        **door,
    }
