"""E-mail addresses and domains: read as people type them, spelled as mail servers and the DNS do.

Role: the only place that decides how an address or a domain is spelled, so that imports, suppressed
addresses, rate limits, headers and links agree on what the same domain is.
Invariant: pure. What `normalised` returns is ASCII, at most 254 characters, and equal for two
spellings that differ only in surrounding blanks, invisible characters or the case of the domain.
The key of an ASCII address is that address in lower case; this must never change, because stores
are searched by it.
It must not know where an address comes from, or whether anybody reads mail there.

International domains become A-labels by UTS 46, non-transitional, as in browsers and registries:
`straße.de` is `xn--strae-oqa.de`. Python's own "idna" codec follows the rules of 2003 and gives
`strasse.de`, a domain with another owner. ASCII labels are only put in lower case, because domains
such as `my_host` or `r3---sn` exist although IDNA does not allow them.

Addresses follow the common part of RFC 5321 (4.1.2, 4.5.3.1): a dot-atom, one @, a domain name of
at least two labels. Quoted local parts and address literals are refused: they are typing errors.
Local parts with letters other than a to z are refused, too: they need SMTPUTF8 (RFC 6531), which
few servers support.
"""

import re

import idna

ADDRESS_CHARS_MAX = 254
LOCAL_CHARS_MAX = 64
LABEL_CHARS_MAX = 63

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
_PLAIN = re.compile(
    rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+{_TOP_LABEL})"
)
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_TOP_LABEL}")
_AROUND = re.compile(r'[<>()\[\]\\,;:"]')
_BLANK = re.compile(r"\s")
_MARKS = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f"
_JOINERS = "\u200c\u200d"
_INVISIBLE = re.compile(
    f"[{_MARKS}]|(?<![^\\x00-\\x7f])[{_JOINERS}]|[{_JOINERS}](?![^\\x00-\\x7f{_MARKS}])"
)
"""Joiners between letters of other scripts stay: they belong to domains, as in Persian."""
_SYMBOLS = frozenset({"contexto", "disallowed_codepoint"})
"""Errors about characters that IDNA 2008 refuses and UTS 46 accepts, such as emoji."""


class AddressError(ValueError):
    """Not an address, or not a domain. The message is meant for people."""


def normalised(typed: str) -> str:
    """Return the address without surrounding blanks and invisible characters, its domain in lower
    case and ASCII.

    Raises AddressError.
    """
    plain = _PLAIN.fullmatch(typed)
    if plain is not None:
        local, domain = plain.groups()
        return typed if domain.islower() else f"{local}@{domain.lower()}"
    return _normalised_slowly(_INVISIBLE.sub("", typed).strip())


def invisible_in(typed: str) -> list[str]:
    """The invisible characters that `normalised` takes out, in order: marks of direction, soft
    hyphens, joiners."""
    return _INVISIBLE.findall(typed)


def _normalised_slowly(typed: str) -> str:
    """Handle everything unusual: name the rule that is broken, encode international domains."""
    if not typed:
        raise AddressError("There is no address.")
    if len(typed) > ADDRESS_CHARS_MAX:
        raise AddressError(
            f"The address has {len(typed)} characters; at most {ADDRESS_CHARS_MAX} are allowed."
        )
    at_signs = typed.count("@")
    if at_signs == 0:
        raise AddressError("The address has no @.")
    if at_signs > 1:
        raise AddressError("The address has more than one @: enter a single address.")
    if _AROUND.search(typed):
        raise AddressError("Enter only the address itself, without a name or brackets.")
    if _BLANK.search(typed):
        raise AddressError("The address contains a blank.")
    if not typed.isprintable():
        _check_printable(typed)
    local, _, domain = typed.partition("@")
    _check_local(local)
    address = f"{local}@{_check_domain(domain)}"
    if len(address) > ADDRESS_CHARS_MAX:
        raise AddressError(
            f"The address has {len(address)} characters; at most {ADDRESS_CHARS_MAX} are allowed."
        )
    return address


def _check_printable(typed: str) -> None:
    hidden = next((it for it in typed if not it.isprintable() and it not in _JOINERS), None)
    if hidden is not None:
        raise AddressError(f"The address contains a control character, U+{ord(hidden):04X}.")


def _check_local(local: str) -> None:
    if not local:
        raise AddressError("There is nothing before the @.")
    if len(local) > LOCAL_CHARS_MAX:
        raise AddressError(
            f"The part before the @ has {len(local)} characters; at most {LOCAL_CHARS_MAX} are "
            "allowed."
        )
    if not local.isascii():
        raise AddressError("The part before the @ contains letters other than a to z.")
    if not _LOCAL.fullmatch(local):
        raise AddressError("The part before the @ begins or ends with a dot, or has two in a row.")


def _check_domain(typed: str) -> str:
    if not typed:
        raise AddressError("There is nothing after the @.")
    domain = ascii_domain(typed)
    if "." not in domain:
        raise AddressError("The part after the @ is not a domain name: it has no dot.")
    longest = max(domain.split("."), key=len)
    if len(longest) > LABEL_CHARS_MAX:
        raise AddressError(f"{longest} is longer than a part of a domain name can be.")
    if not _DOMAIN.fullmatch(domain):
        raise AddressError(f"{typed} is not a domain name.")
    return domain


def email_key(address: str) -> str:
    """Return a key that is the same for all spellings of one address.

    Never raises, and the key of a key is the same key. A domain that cannot be spelled in ASCII
    is put in lower case.
    """
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    return f"{local.lower()}@{domain_key(domain)}" if at else address.lower()


def domain_of(address: str) -> str:
    """Return the domain of `address` as `domain_key` spells it."""
    return domain_key(address.rpartition("@")[2])


def domain_key(domain: str) -> str:
    """Return a key that is the same for all spellings of one domain. Never raises."""
    try:
        return ascii_domain(domain)
    except AddressError:
        return domain.lower()


def ascii_domain(domain: str, *, symbols: bool = False) -> str:
    """Return `domain` in lower case and in ASCII. Raises AddressError.

    `symbols`: accept emoji and other symbols as well, as browsers do; a few such domains exist. A
    domain that is ASCII already is not checked.
    """
    if domain.isascii():
        return domain.lower()
    try:
        # Without STD 3 rules, which forbid an underscore in one label if another has an umlaut.
        mapped = idna.uts46_remap(domain, std3_rules=False)
    except ValueError as error:
        raise AddressError(f"{domain} is not a domain name.") from error
    return ".".join(_ascii_label(label, symbols) for label in mapped.split("."))


def _ascii_label(label: str, symbols: bool) -> str:
    if label.isascii():
        return label
    try:
        return idna.alabel(label).decode("ascii")
    except ValueError as error:  # IDNAError is one; the tables of Unicode raise others
        code = error.code if isinstance(error, idna.IDNAError) else None
        ascii_label = f"xn--{label.encode('punycode').decode('ascii')}"
        if code == "label_too_long" or len(ascii_label) > LABEL_CHARS_MAX:
            message = f"{label} is longer than a part of a domain name can be."
            raise AddressError(message) from error
        if symbols and code in _SYMBOLS:
            return ascii_label
        raise AddressError(f"{label} cannot be part of a domain name.") from error
