"""What schemathesis cannot read from the OpenAPI document."""

from itertools import count
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from functions.api.audience.uploads import XLSX
from functions.api.http.idempotency import KEY_CHARS_MAX

KEY_HEADER = "idempotency-key"
UPLOADS = ("/contacts", "/contacts/preview", "/suppressions/import")

BEYOND_SCHEMAS = {
    "bad_cursor": "cursors are opaque",
    "bad_domain": "only IDNA knows domains",
    "bad_key": "keys of open objects have a few characters less than JSON allows",
    "bad_number": "so do numbers",
    "bad_text": "so do texts",
    "changed_meanwhile": "the revision is that of a moment",
    "chosen_twice": "one field or the other",
    "contacts_twice": "one field or the other",
    "filters_clash": "one parameter or the other",
    "flow_invalid": "a flow is a graph",
    "int_type": "1.0 is an integer to JSON Schema",
    "malformed_path": "paths have no control characters",
    "no_contacts": "needed by a launch only",
    "no_email": "depends on the type of a node",
    "no_flow": "needed by a launch only",
    "no_name": "null resets the other settings",
    "no_node": "one parameter needs another",
    "no_such_node": "depends on the flow",
    "no_test_address": "depends on the settings of the workspace",
    "nothing_chosen": "one field or the other",
    "value_error": "a rule of one field that is code, such as a single line or a time zone",
}
"""Codes of refusals of requests that the document allows, and why it cannot say so. The status of
each is 400, 412 or 422."""

_numbers = count(1)


@schemathesis.hook  # type: ignore[untyped-decorator]
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A key belongs to one request. With the key of an earlier one, each would be refused."""
    headers = case.headers or {}
    for name in [it for it in headers if it.lower() == KEY_HEADER]:
        if 0 < len(headers[name]) <= KEY_CHARS_MAX:
            number = f"-{next(_numbers)}"
            headers[name] = headers[name][: KEY_CHARS_MAX - len(number)] + number


@schemathesis.check  # type: ignore[untyped-decorator]
def valid_data_is_accepted(ctx: Any, response: Any, case: Any) -> bool | None:
    if response.status_code in (400, 412, 422):
        problem = response.json()
        codes = {problem["code"]}
        if codes == {"invalid"}:
            codes = {it["code"] for it in problem["errors"]}
        # Of a file, the document says no more than that it is one.
        is_about_file = response.status_code == 422 and case.path.endswith(UPLOADS)
        if is_about_file or codes <= BEYOND_SCHEMAS.keys():
            return None
    accepted: bool | None = positive_data_acceptance(ctx, response, case)
    return accepted


@schemathesis.check  # type: ignore[untyped-decorator]
def invalid_data_is_refused(ctx: Any, response: Any, case: Any) -> bool | None:
    # Whatever is sent as a file is one, so its type cannot be wrong.
    if case.media_type in ("text/csv", XLSX):
        return None
    refused: bool | None = negative_data_rejection(ctx, response, case)
    return refused
