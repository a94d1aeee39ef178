"""The key ring: what is encrypted with one key, and read with which."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.ring import BadRingError, KeyRingCipher, new_ring_key
from bot.ports.cipher import KeyMissingError

OLD, NEW, OTHER = new_ring_key(), new_ring_key(), new_ring_key()
CIPHER = KeyRingCipher.from_keys([NEW])
AUTHOR_KEY = CIPHER.new_author_key()


@given(st.binary(max_size=200))
def test_what_is_sealed_can_be_unsealed(content: bytes) -> None:
    sealed = CIPHER.seal(content)

    assert CIPHER.unseal(sealed) == content
    assert sealed != CIPHER.seal(content)


@given(st.text(max_size=200))
def test_an_authors_words_come_back(text: str) -> None:
    assert CIPHER.decrypt(AUTHOR_KEY, CIPHER.encrypt(AUTHOR_KEY, text)) == text


def test_the_first_key_encrypts_and_every_key_decrypts() -> None:
    before = KeyRingCipher.from_keys([OLD]).seal(b"words")
    both = KeyRingCipher.from_keys([NEW, OLD])

    assert both.unseal(before) == b"words"
    assert KeyRingCipher.from_keys([NEW]).unseal(both.seal(b"words")) == b"words"


def test_authors_cannot_read_each_other() -> None:
    encrypted = CIPHER.encrypt(AUTHOR_KEY, "mine")

    with pytest.raises(KeyMissingError) as raised:
        CIPHER.decrypt(CIPHER.new_author_key(), encrypted)
    assert isinstance(raised.value.__cause__, InvalidToken)


def test_rewrapping_changes_keys_and_no_text() -> None:
    old = KeyRingCipher.from_keys([OLD])
    wrapped = old.new_author_key()
    encrypted = old.encrypt(wrapped, "words")

    wrapped_anew = KeyRingCipher.from_keys([NEW, OLD]).rewrap(wrapped)

    assert KeyRingCipher.from_keys([NEW]).decrypt(wrapped_anew, encrypted) == "words"
    with pytest.raises(KeyMissingError):
        KeyRingCipher.from_keys([NEW]).decrypt(wrapped, encrypted)


def test_without_the_right_key_nothing_is_read() -> None:
    other = KeyRingCipher.from_keys([OTHER])
    sealed, encrypted = CIPHER.seal(b"words"), CIPHER.encrypt(AUTHOR_KEY, "words")

    for attempt in (
        lambda: other.unseal(sealed),
        lambda: other.rewrap(AUTHOR_KEY),
        lambda: other.encrypt(AUTHOR_KEY, "words"),
        lambda: other.decrypt(AUTHOR_KEY, encrypted),
    ):
        with pytest.raises(KeyMissingError) as raised:
            attempt()
        assert isinstance(raised.value.__cause__, InvalidToken)


def test_changed_content_is_not_read() -> None:
    sealed = CIPHER.seal(b"words")

    with pytest.raises(KeyMissingError):
        CIPHER.unseal(sealed[:-4] + b"AAA=")


def test_a_new_key_fits_a_ring() -> None:
    assert len({new_ring_key(), new_ring_key()}) == 2
    KeyRingCipher.from_keys([f"  {new_ring_key()}\n"])


def test_a_ring_needs_a_key() -> None:
    with pytest.raises(BadRingError, match="no encryption key"):
        KeyRingCipher.from_keys([])


@pytest.mark.parametrize(
    "bad",
    ["", "secret", "ä" * 44, NEW[:-2], Fernet.generate_key().hex()],
    ids=["none", "a word", "not ASCII", "too short", "too long"],
)
def test_a_malformed_key_is_named_by_its_number_and_not_shown(bad: str) -> None:
    with pytest.raises(BadRingError) as raised:
        KeyRingCipher.from_keys([NEW, bad])

    assert "key 2" in str(raised.value)
    assert not bad or bad not in str(raised.value)
