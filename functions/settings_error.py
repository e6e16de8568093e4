"""The error for wrong settings, in its own module, so that catching it does not import settings."""


class SettingsError(ValueError):
    """Settings are missing or wrong. The message names all of them."""
