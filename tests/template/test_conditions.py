"""The conditions of template.yaml, for parameters that people give."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.cloud.template import translate
from tests.template.test_template import PARAMETERS, TEMPLATE


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return translate(TEMPLATE, PARAMETERS, "eu-west-1")


def holds(template: Mapping[str, Any], name: str, given: Mapping[str, object]) -> bool:
    """As CloudFormation evaluates the condition; parameters that are not given have defaults."""
    defaults = {it: entry.get("Default") for it, entry in template["Parameters"].items()}
    value = _value(template["Conditions"][name], {**defaults, **given})
    assert isinstance(value, bool)
    return value


def _value(node: object, parameters: Mapping[str, object]) -> object:
    match node:
        case {"Ref": str(name)}:
            return str(parameters[name])
        case {"Fn::Equals": [one, other]}:
            return str(_value(one, parameters)) == str(_value(other, parameters))
        case {"Fn::Not": [one]}:
            return not _value(one, parameters)
        case {"Fn::Join": [separator, listed]}:
            # A list is a text with commas here.
            return str(separator).join(str(_value(listed, parameters)).split(","))
    return node


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("TellsTopic", {"AlarmTopicArn": "arn:aws:sns:eu-west-1:1:alarms"}, {}),
        ("IsInVpc", {"SubnetIds": "subnet-1,subnet-2"}, {}),
        ("ReservesApi", {}, {"ApiConcurrencyMax": 0}),
        ("ReservesSweep", {}, {"ReserveSweep": "no"}),
        ("HasApiDomain", {"ApiDomainName": "api.example.com"}, {}),
        ("HasDomain", {"DomainName": "mail.example.com"}, {}),
        ("HasCertificate", {"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/1"}, {}),
        ("HasOtherTopics", {"SesTopics": "arn:aws:sns:eu-west-1:1:bounces"}, {}),
        ("SendsThroughSes", {}, {"MailTransport": "smtp"}),
    ],
)
def test_condition_follows_its_parameter(
    template: Mapping[str, Any],
    name: str,
    true: Mapping[str, object],
    false: Mapping[str, object],
) -> None:
    """No parameters: the defaults."""
    assert holds(template, name, true)
    assert not holds(template, name, false)


def test_every_condition_is_looked_at(template: Mapping[str, Any]) -> None:
    marks = getattr(test_condition_follows_its_parameter, "pytestmark")  # noqa: B009
    assert {row[0] for row in marks[0].args[1]} == set(template["Conditions"])
