"""Every sentence that a person can read, one catalogue a language."""
