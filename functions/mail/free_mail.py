"""Domains of free mail providers, which accept mail from their own servers only.

Invariant: only domains at which people get an address of their own for nothing. Pure.
It must not know who sends.
"""

import re

FREE_MAIL_DOMAINS = frozenset(
    (
        *("gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "rocketmail.com"),
        *("outlook.com", "hotmail.com", "live.com", "msn.com", "aol.com", "icloud.com"),
        *("me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "zoho.com", "mail.com"),
        *("gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "freenet.de"),
        *("t-online.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr"),
        *("libero.it", "virgilio.it", "tiscali.it", "telefonica.net", "ziggo.nl", "telenet.be"),
        *("seznam.cz", "email.cz", "centrum.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl"),
        *("mail.ru", "bk.ru", "list.ru", "inbox.ru", "yandex.ru", "yandex.com", "ya.ru"),
        *("ukr.net", "abv.bg", "qq.com", "163.com", "126.com", "sina.com", "foxmail.com"),
        *("naver.com", "daum.net", "rediffmail.com", "uol.com.br", "bol.com.br"),
        *("terra.com.br",),
    )
)
"""Besides these, yahoo, hotmail, outlook and live in every country."""

_OF_ANY_COUNTRY = re.compile(r"(?:yahoo|hotmail|outlook|live)\.(?:com?\.)?[a-z]{2}")


def is_free_mail(domain: str) -> bool:
    """`domain`: in any case."""
    domain = domain.lower().rstrip(".")
    return domain in FREE_MAIL_DOMAINS or _OF_ANY_COUNTRY.fullmatch(domain) is not None
