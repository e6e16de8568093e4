"""The receiver's certificate and key, from files."""

import ssl

from functions.settings_error import SettingsError


def receiver_tls(certificate: str, key: str) -> ssl.SSLContext | None:
    """`certificate`, `key`: paths. None if there is no certificate. Raises SettingsError."""
    if not certificate:
        if key:
            raise SettingsError("RECEIVER_KEY_FILE is set, but RECEIVER_CERTIFICATE_FILE is not")
        return None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # The empty password: otherwise an encrypted key would be asked for at the terminal.
        tls.load_cert_chain(certificate, key or None, password="")
    except (OSError, ValueError) as problem:
        raise SettingsError(
            f"RECEIVER_CERTIFICATE_FILE and RECEIVER_KEY_FILE cannot be read as PEM: {problem}"
        ) from None
    return tls
