"""Why a run ended without a verdict, or with a bad one."""


class NotRunError(Exception):
    """This machine cannot run it; the words say why. Nothing was tried."""


class StoryError(Exception):
    """What was promised did not happen."""
