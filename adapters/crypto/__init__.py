"""Keys and encryption, through the cryptography package."""
