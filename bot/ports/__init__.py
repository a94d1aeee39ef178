"""What the core asks of the outside world, one contract a module."""
