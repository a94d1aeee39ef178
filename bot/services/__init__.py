"""What Cairn does: one use case a function, inside one unit of work."""
