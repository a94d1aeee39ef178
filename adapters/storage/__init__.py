"""Everything that lasts, through SQLAlchemy on SQLite or PostgreSQL."""
