"""Slack: its payloads in, its blocks out, and what connects the two to the core."""
