"""The short run: start, sign in, launch a campaign, read its mail, stop."""

from tests.compose.engine.browser import Browser, expect, expected
from tests.compose.engine.checkout import Checkout
from tests.compose.engine.daemon import Daemon
from tests.compose.engine.steps import step

PEOPLE = 20
COMPLETED_SECONDS_MAX = 120
INTERFACE = "http://127.0.0.1:3000"


def play(daemon: Daemon) -> None:
    """On cached images: only the backend's is built, which takes seconds."""
    checkout = Checkout(daemon)
    with step("build the backend's image"):
        checkout.build("backend")
    with step("start, until all are healthy"):
        checkout.compose("up", "-d")
        checkout.await_health()
    browser = Browser(INTERFACE)
    with step("sign in, launch a campaign, read the inbox"):
        browser.sign_in(checkout.setting("API_TOKENS"))
        run_campaign(checkout, browser, "Short", PEOPLE)
        expect(browser.received() == expected("Short", PEOPLE), "each mail came once")
    with step("stop"):
        checkout.compose("stop")
        stopped = [it["State"]["Status"] for it in checkout.containers()]
        expect(set(stopped) == {"exited"}, f"all are stopped ({stopped})")


def run_campaign(checkout: Checkout, browser: Browser, name: str, people: int) -> None:
    """Until it has completed."""
    campaign_id = browser.launch(name, people)
    checkout.until(
        lambda: browser.is_completed(campaign_id), f"{name} has completed", COMPLETED_SECONDS_MAX
    )
