"""Cairn in one terminal: several people, channels and a clock that can be moved."""
