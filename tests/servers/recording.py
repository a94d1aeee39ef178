"""Writes down what crosses the wire, without its secrets."""

import json
import os
import re
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

_SECRETS = re.compile(
    r"(xox[a-z]\.?-|xapp-|xoxe)[A-Za-z0-9._-]*|local\.(bot|interaction)\.[A-Za-z0-9]+"
)
"""Slack's tokens, and those of the local Discord."""


class Recording:
    """One platform's lines of JSON in a new file, or nothing without a folder to write to.

    The folder is `folder`, or the one that CAIRN_RECORDING names.
    """

    def __init__(self, platform: str, folder: Path | None = None) -> None:
        named = os.environ.get("CAIRN_RECORDING")
        self._platform = platform
        self._folder = folder or (Path(named) if named else None)
        self._file: TextIO | None = None

    def write(self, kind: str, **content: Any) -> None:
        if self._folder is None:
            return
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self._platform}-{uuid4().hex}.jsonl"
            self._file = path.open("w", encoding="utf-8")
        line = json.dumps({"kind": f"{self._platform}.{kind}", **content}, default=str)
        self._file.write(_SECRETS.sub("SECRET", line) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
