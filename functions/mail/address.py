"""E-mail addresses as people type them, made into addresses mail can be sent to.

Invariant: what `normalised` returns is ASCII, at most 254 characters, and equal for two spellings
that differ only in blanks around them or in the case of the domain.
Must not know where an address comes from, or whether anybody reads mail there.

The syntax is the pragmatic part of RFC 5321 (4.1.2, 4.5.3.1): a dot-atom, one @, a domain name
of at least two labels. Quoted local parts and address literals are refused: no audience has them,
typing errors produce them. International domains become A-labels (RFC 5891); unlike Python's own
"idna" codec, which follows the rules of 2003, ß stays ß, as registries and browsers have it now.
"""

import re
import unicodedata

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
_BLANKS = " \t\r\n\u00a0\u200b\u2060\ufeff"
_IDEOGRAPHIC_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})


class AddressError(ValueError):
    """Not an address. The words say what is wrong with it and are fit for a person."""


def normalised(typed: str) -> str:
    """The address without blanks around it, its domain in lower case and ASCII.

    Raises AddressError.
    """
    plain = _PLAIN.fullmatch(typed)
    if plain is not None:
        local, domain = plain.groups()
        return typed if domain.islower() else f"{local}@{domain.lower()}"
    return _normalised_slowly(typed.strip(_BLANKS))


def _normalised_slowly(typed: str) -> str:
    """For what is not plain: says which rule is broken, encodes international domains."""
    if not typed:
        raise AddressError("There is no address.")
    if len(typed) > ADDRESS_CHARS_MAX:
        raise AddressError(
            f"The address has {len(typed)} characters, {ADDRESS_CHARS_MAX} is the most."
        )
    at_signs = typed.count("@")
    if at_signs == 0:
        raise AddressError("The address has no @.")
    if at_signs > 1:
        raise AddressError("The address has more than one @: one address belongs here.")
    if any(character.isspace() or not character.isprintable() for character in typed):
        raise AddressError("The address has a blank or a control character in it.")
    if any(character in '<>()[]\\,;:"' for character in typed):
        raise AddressError("Only the address itself belongs here, without a name or brackets.")
    local, _, domain = typed.partition("@")
    _check_local(local)
    address = f"{local}@{_ascii_domain(domain)}"
    if len(address) > ADDRESS_CHARS_MAX:
        raise AddressError(
            f"The address has {len(address)} characters, {ADDRESS_CHARS_MAX} is the most."
        )
    return address


def _check_local(local: str) -> None:
    if not local:
        raise AddressError("There is nothing before the @.")
    if len(local) > LOCAL_CHARS_MAX:
        raise AddressError(
            f"The part before the @ has {len(local)} characters, {LOCAL_CHARS_MAX} is the most."
        )
    if not local.isascii():
        raise AddressError("The part before the @ has letters other than a to z.")
    if not _LOCAL.fullmatch(local):
        raise AddressError("The part before the @ begins or ends with a dot, or has two in a row.")


def _ascii_domain(domain: str) -> str:
    if not domain:
        raise AddressError("There is nothing after the @.")
    labels = unicodedata.normalize("NFKC", domain.translate(_IDEOGRAPHIC_DOTS).lower()).split(".")
    if len(labels) < 2:
        raise AddressError("The part after the @ is no domain: it has no dot.")
    ascii_domain = ".".join(_ascii_label(label) for label in labels)
    if not _DOMAIN.fullmatch(ascii_domain):
        raise AddressError(f"{domain} is no domain name.")
    return ascii_domain


def _ascii_label(label: str) -> str:
    if label.isascii():
        ascii_label = label
    else:
        # Letters, marks and decimal digits: what RFC 5892 lets into a label, but for the few
        # characters it names one by one.
        if any(c != "-" and unicodedata.category(c) not in _LABEL_CATEGORIES for c in label):
            raise AddressError(f"{label} cannot be part of a domain name.")
        ascii_label = f"xn--{label.encode('punycode').decode('ascii')}"
    if len(ascii_label) > LABEL_CHARS_MAX:
        raise AddressError(f"{label} is longer than a part of a domain name can be.")
    return ascii_label


_LABEL_CATEGORIES = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
