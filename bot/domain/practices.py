"""The eleven practices that every prompt belongs to."""

from enum import StrEnum


class Practice(StrEnum):
    """A practice by its stable id, used in code, commands and exports."""

    PURPOSE = "purpose"
    EXPERIENCE = "experience"
    BEYOND_DUTY = "beyond_duty"
    VISION = "vision"
    LEARNING = "learning"
    NETWORK = "network"
    CHALLENGE = "challenge"
    VALUES = "values"
    OWNERSHIP = "ownership"
    STEPPING_STONE = "stepping_stone"
    MINDSET = "mindset"
