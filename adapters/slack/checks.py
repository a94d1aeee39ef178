"""Whether Slack will let Cairn work: what a host can have checked before the first start."""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.slack.refusals import TokenRefusedError
from adapters.slack.tokens import (
    SOCKET_MODE,
    Workspace,
    ask_who,
    not_connecting_sentence,
    refused_sentence,
)
from adapters.slack.web import Web, call
from bot.domain.errors import CairnError
from bot.ports.chat import ChatBusyError, ChatRefusedError


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was checked; `line` says what to do if it is not `ok`."""

    ok: bool
    line: str


async def check(
    web: Web, *, bot_token: str = "", app_token: str = "", needed: Iterable[str] = ()
) -> list[Finding]:
    """Ask Slack about the tokens that are set, and about the scopes that are needed."""
    findings: list[Finding] = []
    if bot_token:
        try:
            workspace = await ask_who(web, bot_token)
        except CairnError as error:
            findings.append(_bad("SLACK_BOT_TOKEN", error, web))
        else:
            name = workspace.name or workspace.team_id
            findings.append(Finding(ok=True, line=f"SLACK_BOT_TOKEN works in {name}."))
            findings.append(_scopes(workspace, needed))
    if app_token:
        findings.append(await _app_token(web, app_token))
    return findings


def _scopes(workspace: Workspace, needed: Iterable[str]) -> Finding:
    missing = sorted(set(needed) - workspace.scopes)
    if not missing:
        return Finding(ok=True, line="The app has every permission that Cairn needs.")
    return Finding(
        ok=False,
        line=f"The app lacks {', '.join(missing)}. Update its manifest at "
        "https://api.slack.com/apps (cairn slack manifest prints it), then install the app into "
        "the workspace again.",
    )


async def _app_token(web: Web, app_token: str) -> Finding:
    try:
        await call(web.client(app_token), "apps.connections.open")
    except CairnError as error:
        return _bad(SOCKET_MODE, error, web)
    return Finding(ok=True, line=f"{SOCKET_MODE} opens Socket Mode.")


def _bad(setting: str, error: CairnError, web: Web) -> Finding:
    match error:
        case TokenRefusedError(code=code):
            return Finding(ok=False, line=refused_sentence(setting, code))
        case ChatRefusedError() if setting == SOCKET_MODE:
            line = not_connecting_sentence(setting, str(error))
        case ChatRefusedError():
            line = f"Slack does not answer with {setting} ({error}). Check the app's settings."
        case ChatBusyError():
            line = f"Slack was not reached at {web.api_url}, or asked to wait. Try again."
        case _:
            line = f"Slack at {web.api_url} gave no answer that can be read. Try again."
    return Finding(ok=False, line=line)
