"""Errors for a store that another version of this program has written."""


class OlderStoreError(RuntimeError):
    def __init__(self, version: int, known: int) -> None:
        super().__init__(
            f"the store has version {version}, this program needs {known}: stop everything that "
            "uses it and run `emailbuilder migrate`"
        )


class NewerStoreError(RuntimeError):
    def __init__(self, version: int, known: int) -> None:
        super().__init__(
            f"the store has version {version}, this program knows up to {known}: run the newer "
            "program, or use another store"
        )


def check_version(version: int, known: int) -> None:
    """Raises OlderStoreError, NewerStoreError."""
    if version < known:
        raise OlderStoreError(version, known)
    check_not_newer(version, known)


def check_not_newer(version: int, known: int) -> None:
    """Raises NewerStoreError."""
    if version > known:
        raise NewerStoreError(version, known)
