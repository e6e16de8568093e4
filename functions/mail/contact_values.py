"""What `contact` is in a template.

Invariant: every place that renders a template gives it the same names: the attributes, by name and
under `attributes`, and the address as `email`.
It must not know where the attributes are stored.
"""

from collections.abc import Mapping

from functions.flow.attributes import NamedValues


def contact_values(email: str, attributes: Mapping[str, object]) -> NamedValues:
    values = NamedValues(attributes)
    values.setdefault("attributes", NamedValues(attributes))
    values["email"] = email
    return values
