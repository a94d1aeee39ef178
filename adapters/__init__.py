"""Translations between the core and one outside thing each."""
