"""Every error that Cairn raises on purpose.

CairnError
└── UserError        a person's mistake; `key` names the sentence in the catalogue
"""


class CairnError(Exception):
    """The root of the tree: catching it catches whatever Cairn raises on purpose."""


class UserError(CairnError):
    """A person's mistake; `values` fill the gaps of the sentence that `key` names."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
