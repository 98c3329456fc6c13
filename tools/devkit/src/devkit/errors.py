"""Errors of the checks of infrastructure and rights."""


class MismatchError(Exception):
    """AWS does not hold what the checkout says, or holds more. The text says what."""
