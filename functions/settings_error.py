"""The error that ends a program at its start. It is apart from the settings, so that catching it
does not load them."""


class SettingsError(ValueError):
    """Settings are missing or make no sense. The text names all of them."""
