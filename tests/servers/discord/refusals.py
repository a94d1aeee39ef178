"""Discord's own error codes, with their HTTP status and words."""

from dataclasses import dataclass

from tests.servers.discord.world import Json

CODES: dict[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30033: (400, "Max number of thread participants has been reached (1000)"),
    40003: (403, "You are opening direct messages too fast"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


@dataclass(frozen=True)
class Wrong:
    """What is wrong with one field, named by its path."""

    path: str
    code: str
    message: str


class RefusedError(Exception):
    """Discord refuses a request with this code, for these reasons."""

    def __init__(self, code: int, *reasons: Wrong) -> None:
        super().__init__(CODES[code][1])
        self.code, self.reasons = code, reasons

    @property
    def status(self) -> int:
        return CODES[self.code][0]

    def shown(self) -> Json:
        """The answer, its field errors nested as Discord nests them."""
        answer: Json = {"message": CODES[self.code][1], "code": self.code}
        if self.reasons:
            answer["errors"] = {}
        for reason in self.reasons:
            place = answer["errors"]
            for step in reason.path.split("."):
                place = place.setdefault(step, {})
            told = {"code": reason.code, "message": reason.message}
            place.setdefault("_errors", []).append(told)
        return answer


def invalid(path: str, message: str, code: str = "BASE_TYPE_BAD_VALUE") -> RefusedError:
    """A body with one wrong field."""
    return RefusedError(50035, Wrong(path, code, message))
