"""Cairn's core: people, prompts, replies and pairs, on no platform in particular."""
