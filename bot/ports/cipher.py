"""Encryption at rest."""

from typing import Protocol

from bot.domain.errors import CairnError


class KeyMissingError(CairnError):
    """No key fits: the ring has lost the key that encrypted this, or the content was changed."""

    def __init__(self) -> None:
        super().__init__("no key fits what is to be decrypted")


class Cipher(Protocol):
    """Encrypts with the host's key ring, and with authors' keys that the ring wraps.

    The first key of the ring encrypts, every key of it decrypts. Both kinds of decryption raise
    `KeyMissingError` when no key fits.
    """

    def seal(self, content: bytes) -> bytes:
        """Encrypt with the host's ring."""
        ...

    def unseal(self, sealed: bytes) -> bytes:
        """Decrypt what `seal` gave."""
        ...

    def new_author_key(self) -> bytes:
        """Make a key for one author, wrapped by the ring."""
        ...

    def rewrap(self, wrapped_key: bytes) -> bytes:
        """Wrap an author's key anew with the ring's first key; texts stay as they are."""
        ...

    def encrypt(self, wrapped_key: bytes, text: str) -> bytes:
        """Encrypt an author's words with the author's key."""
        ...

    def decrypt(self, wrapped_key: bytes, encrypted: bytes) -> str:
        """Decrypt what `encrypt` gave with the same author's key."""
        ...
