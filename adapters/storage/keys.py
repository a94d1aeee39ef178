"""Whether the host's keys are those that the database was written with."""

from sqlalchemy import select

from adapters.storage.database import Database
from adapters.storage.database_errors import WrongKeysError, shown
from adapters.storage.tables import account
from bot.ports.cipher import Cipher, KeyMissingError


async def require_keys(database: Database, cipher: Cipher) -> None:
    """Open one author's key. Raises `WrongKeysError` if the ring has none that fits."""
    async with database.reading() as connection:
        query = select(account.c.wrapped_key).order_by(account.c.id.desc()).limit(1)
        wrapped = (await connection.execute(query)).scalar_one_or_none()
    if wrapped is None:
        return
    try:
        cipher.rewrap(wrapped)
    except KeyMissingError as error:
        raise WrongKeysError(shown(database.url)) from error
