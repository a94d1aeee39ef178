"""Authors' words, sealed with their own key."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.tables import account
from bot.ports.cipher import Cipher


class Sealing:
    """Seals and opens texts by author, reading each author's wrapped key once."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        """Work on one connection."""
        self._connection = connection
        self._cipher = cipher
        self._keys: dict[int, bytes] = {}

    async def seal(self, author_id: int, text: str) -> bytes:
        """Encrypt an author's words."""
        return self._cipher.encrypt(await self._key(author_id), text)

    async def open(self, author_id: int, sealed: bytes) -> str:
        """Decrypt an author's words."""
        return self._cipher.decrypt(await self._key(author_id), sealed)

    async def _key(self, author_id: int) -> bytes:
        if author_id not in self._keys:
            query = select(account.c.wrapped_key).where(account.c.id == author_id)
            self._keys[author_id] = (await self._connection.execute(query)).scalar_one()
        return self._keys[author_id]
