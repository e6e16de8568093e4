"""Why a run ended without a verdict, or with a bad one."""


class NotRunError(Exception):
    """This machine cannot run it; the message says why. Nothing was tried."""


class StoryError(Exception):
    """An expected result did not happen."""
