"""Check the templates of a flow, but not for longer than a request may take.

Invariant: every template is checked, or has an error that says that it was not.
This module must not know flows.
"""

from collections.abc import Callable

from functions.mail.budget import Clock
from functions.mail.template import check_template

CHECK_SECONDS_MAX = 5.0
"""Of processor time, for all templates of a flow. A usual e-mail takes some milliseconds."""
NOT_CHECKED = "Not checked: the e-mails of this flow take too long to check. Make them simpler."


def checking(clock: Clock) -> Callable[[str], str | None]:
    """Return a `check_template` for the templates of one flow."""
    started = clock()

    def check(source: str) -> str | None:
        if clock() - started > CHECK_SECONDS_MAX:
            return NOT_CHECKED
        return check_template(source)

    return check
