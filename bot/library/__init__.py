"""The shipped prompts, a file a practice."""
