"""template.yaml as CloudFormation would see it, reduced to what moto can create."""

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]

NOT_EMULATED = frozenset(
    {
        # moto skips these with a warning; tests check them in the translated template.
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::Function",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Logs::MetricFilter",
        # On one machine the gateway serves the interface from its folder.
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SES::ConfigurationSet",
        "AWS::SES::ConfigurationSetEventDestination",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
    }
)


def translate(path: Path, parameters: Mapping[str, str], region: str) -> Template:
    """The CloudFormation template that the SAM transform creates from the file.

    Code locations become placeholders, because the code is imported from the working copy.
    """
    template: Template = yaml_parse(path.read_text(encoding="utf-8"))
    template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/placeholder"
    session = boto3.Session(region_name=region)
    translated: Template = Translator({}, Parser(), boto_session=session).translate(
        template, dict(parameters)
    )
    return translated


def required_parameters(path: Path) -> list[str]:
    """Names of the parameters that have no default."""
    template: Template = yaml_parse(path.read_text(encoding="utf-8"))
    return [name for name, entry in template["Parameters"].items() if "Default" not in entry]


def emulable(translated: Template, visibility_seconds: int | None) -> Template:
    """A copy that moto creates without a warning and in which we do the polling.

    Event-source mappings are disabled, because moto's own would consume each message as it is sent.
    `visibility_seconds` replaces the visibility timeout of every queue that sets one.
    """
    template = copy.deepcopy(translated)
    resources: dict[str, Any] = template["Resources"]
    dropped = {name for name, entry in resources.items() if entry["Type"] in NOT_EMULATED}
    while True:
        dependent = {
            name
            for name, entry in resources.items()
            if name not in dropped and dropped & set(_references(entry))
        }
        if not dependent:
            break
        dropped |= dependent
    template["Resources"] = {k: v for k, v in resources.items() if k not in dropped}
    template["Outputs"] = {
        name: entry
        for name, entry in template.get("Outputs", {}).items()
        if not dropped & set(_references(entry))
    }
    for entry in template["Resources"].values():
        properties = entry.get("Properties", {})
        match entry["Type"]:
            case "AWS::Lambda::EventSourceMapping":
                properties["Enabled"] = False
            case "AWS::Lambda::Function":
                properties["Code"] = {"ZipFile": "# imported from the working copy"}
            case "AWS::IAM::Role":
                # moto stumbles over what a condition leaves out, and enforces no policy anyway.
                policies = properties.get("Policies", [])
                properties["Policies"] = [it for it in policies if "Fn::If" not in it]
            case "AWS::SQS::Queue" if visibility_seconds and "VisibilityTimeout" in properties:
                properties["VisibilityTimeout"] = visibility_seconds
    return template


_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)")


def _references(node: object) -> Iterator[str]:
    """Logical ids named by Ref, Fn::GetAtt, Fn::Sub or DependsOn anywhere below `node`."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else str(value).split(".")[0]
            elif key == "DependsOn":
                yield from [value] if isinstance(value, str) else value
            elif key == "Fn::Sub":
                yield from _SUBSTITUTED.findall(value[0] if isinstance(value, list) else value)
                yield from _references(value[1:] if isinstance(value, list) else None)
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
