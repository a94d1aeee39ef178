"""Time turned into deliveries, and deliveries into messages."""
