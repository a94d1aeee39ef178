"""Encryption with a ring of host keys, and with authors' keys that the ring wraps."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.domain.errors import CairnError
from bot.ports.cipher import KeyMissingError

_KEPT_OPEN = 1024
"""Authors whose key stays unwrapped in memory, so that a batch does not unwrap it each time."""


class BadRingError(CairnError):
    """The host's list of keys can't be used; the message names the entry, never its text."""


class KeyRingCipher:
    """Encrypts with Fernet (AES-128-CBC and HMAC-SHA256, as `cryptography` defines it)."""

    def __init__(self, ring: MultiFernet) -> None:
        """Take a ring whose first key encrypts."""
        self._ring = ring
        self._author = lru_cache(maxsize=_KEPT_OPEN)(self._unwrap)

    @classmethod
    def from_keys(cls, keys: Sequence[str]) -> Self:
        """Make a ring of keys in the form that `new_ring_key` gives; raises `BadRingError`."""
        if not keys:
            message = "no encryption key is set; one is needed"
            raise BadRingError(message)
        return cls(MultiFernet([_fernet(number, key) for number, key in enumerate(keys, start=1)]))

    def seal(self, content: bytes) -> bytes:
        """Encrypt with the host's ring."""
        return self._ring.encrypt(content)

    def unseal(self, sealed: bytes) -> bytes:
        """Decrypt what `seal` gave."""
        return _decrypt(self._ring, sealed)

    def new_author_key(self) -> bytes:
        """Make a key for one author, wrapped by the ring."""
        return self._ring.encrypt(Fernet.generate_key())

    def rewrap(self, wrapped_key: bytes) -> bytes:
        """Wrap an author's key anew with the ring's first key."""
        try:
            return self._ring.rotate(wrapped_key)
        except InvalidToken as error:
            raise KeyMissingError from error

    def encrypt(self, wrapped_key: bytes, text: str) -> bytes:
        """Encrypt an author's words with the author's key."""
        return self._author(wrapped_key).encrypt(text.encode())

    def decrypt(self, wrapped_key: bytes, encrypted: bytes) -> str:
        """Decrypt what `encrypt` gave with the same author's key."""
        return _decrypt(self._author(wrapped_key), encrypted).decode()

    def _unwrap(self, wrapped_key: bytes) -> Fernet:
        return Fernet(_decrypt(self._ring, wrapped_key))


def new_ring_key() -> str:
    """Make a key for the host's ring: 32 random bytes in URL-safe base64."""
    return Fernet.generate_key().decode()


def _fernet(number: int, key: str) -> Fernet:
    try:
        return Fernet(key.strip())
    except ValueError as error:
        message = f"encryption key {number} is malformed: 32 bytes in URL-safe base64 are needed"
        raise BadRingError(message) from error


def _decrypt(key: Fernet | MultiFernet, token: bytes) -> bytes:
    try:
        return key.decrypt(token)
    except InvalidToken as error:
        raise KeyMissingError from error
