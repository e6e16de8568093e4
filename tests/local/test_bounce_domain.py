"""BOUNCE_DOMAIN, as each of the three ways to run the product reads it."""

import pytest

from functions.settings_error import SettingsError
from local.settings import LocalSettings
from tests.local.test_rate_settings import NEEDED, Read, of_each


@of_each
def test_bounce_domain_reaches_the_policy_in_ascii(read: Read) -> None:
    """Without it, mail returns to its sender; that of the local inbox, to the local receiver."""
    given = {**NEEDED, "SWEEP_SECONDS": "1", "HORIZON_SECONDS": "0"}
    is_local = read == LocalSettings.read
    assert read(given).bounce_domain == ("bounces.localhost" if is_local else "")
    assert read({**given, "BOUNCE_DOMAIN": "Bounces.Straße.DE"}).bounce_domain == (
        "bounces.xn--strae-oqa.de"
    )
    settings = read({**given, "BOUNCE_DOMAIN": "bounces.example.com"})
    settings = settings.model_copy(update={"public_url": "https://example.com"})
    assert settings.policy().bounce_domain == "bounces.example.com"


@of_each
@pytest.mark.parametrize("typed", ["localhost", "a b.example", "x@example.com", "bounces..com"])
def test_what_is_no_domain_is_refused(read: Read, typed: str) -> None:
    """With what would be right."""
    with pytest.raises(SettingsError, match=r"BOUNCE_DOMAIN must be a domain name, such as"):
        read({**NEEDED, "BOUNCE_DOMAIN": typed})
