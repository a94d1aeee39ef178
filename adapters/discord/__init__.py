"""Discord, by discord.py: one gateway for all servers, HTTP for what is said."""
