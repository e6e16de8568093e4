"""The error of the HTTP client. It is separate from the client, so that catching it does not load
the client.
"""

from typing import Any


class ApiError(Exception):
    """`problem`: the API's problem details (RFC 9457), or their substitute."""

    def __init__(self, message: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.problem = problem or {}
