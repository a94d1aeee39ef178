"""The vocabulary of conversation that every platform is translated to and from."""
