"""The footer of marketing e-mails."""

import pytest

from functions.mail.compose import Rendered, compile_email
from functions.mail.footer import Footer
from tests.mail.test_compose import ANN, AT, KEYS

FOOTER = Footer("You bought from {{ campaign.name }} & Co.", "Example {{Ltd}}\n1 Example Street")


def written(body: str, footer: Footer | None = FOOTER, *, is_marketing: bool = True) -> Rendered:
    email = compile_email(
        subject="Hi",
        body=body,
        from_name=None,
        from_email="ada@example.com",
        preheader=None,
        campaign_id="c",
        campaign_name="Shop",
        campaign_created_at=AT,
        node_id="n",
        public_url="https://mail.example.com",
        keyring=KEYS,
        is_marketing=is_marketing,
        footer=footer,
    )
    return email.write(ANN, AT)


@pytest.mark.parametrize(
    "body", ["<p>Hello</p>", "<html><body><p>Hello</p></body></html>", "Hello"]
)
def test_marketing_says_who_sends_it_and_how_to_leave(body: str) -> None:
    """In both parts, once, after the text and inside the body; nothing of an address is Liquid."""
    mail = written(body)
    html, text = mail.html, mail.text
    assert html.count(f'<a href="{mail.unsubscribe_url}"') == 1
    assert "You bought from Shop &amp; Co.<br>Example {{Ltd}}<br>1 Example Street<br><a" in html
    assert html.index("Hello") < html.index("You bought") < html.lower().index("</body>")
    expected = (
        "Hello\r\n\r\nYou bought from Shop & Co.\r\nExample {{Ltd}}\r\n1 Example Street\r\n"
        f"Unsubscribe: {mail.unsubscribe_url}"
    )
    assert text.strip() == expected


def test_footer_has_the_link_at_least() -> None:
    """A workspace that has set nothing."""
    mail = written("<p>Hello</p>", Footer())
    assert mail.html.count(mail.unsubscribe_url) == 1
    assert mail.text.strip() == f"Hello\r\n\r\nUnsubscribe: {mail.unsubscribe_url}"


def test_own_link_takes_the_place_of_the_footer() -> None:
    """Whoever writes a link to unsubscribe writes the footer."""
    mail = written('<p>Hello. <a href="{{ unsubscribe_url }}">Leave</a></p>')
    assert mail.html.count(mail.unsubscribe_url) == 1
    assert "You bought" not in mail.html


def test_transactional_e_mail_has_no_footer() -> None:
    """And none has one that was published before there were footers."""
    for mail in (written("<p>Hi</p>", is_marketing=False), written("<p>Hi</p>", None)):
        assert mail.unsubscribe_url not in mail.html + mail.text
