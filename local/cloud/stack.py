"""The created stack, read back from moto: queues to poll, schedules to tick, functions to call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.cloud.moto_aws import MotoAws
from local.cloud.template import emulable, required_parameters, translate


@dataclass(frozen=True, slots=True)
class Function:
    """`handler` is the dotted path of the callable; `environment` is resolved."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """Passes the messages of one queue to a function in batches."""

    function: Function
    queue_url: str
    queue_arn: str
    batch_size: int
    reports_item_failures: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """One rule that calls a function periodically."""

    function: Function
    rule_arn: str
    expression: str


@dataclass(frozen=True, slots=True)
class Stack:
    """All parts by their logical ids in template.yaml."""

    queue_urls: Mapping[str, str]
    functions: Mapping[str, Function]
    mappings: tuple[EventSourceMapping, ...]
    schedules: tuple[Schedule, ...]


def create_stack(
    aws: MotoAws,
    template: Path,
    name: str,
    parameters: Mapping[str, str],
    visibility_seconds: int | None,
) -> Stack:
    """Create the stack and read it back.

    Parameters without a default or a value get a placeholder, because one machine configures these
    things in other ways.
    """
    placeholders = dict.fromkeys(required_parameters(template), "local")
    given = {**placeholders, **parameters}
    document = emulable(translate(template, given, aws.region), visibility_seconds)
    cloudformation = aws.session.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(document),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    physical_ids = {
        logical_id: resource.get("PhysicalResourceId", "")
        for resource in resources
        if (logical_id := resource.get("LogicalResourceId"))
    }
    types = {r.get("LogicalResourceId", ""): r["ResourceType"] for r in resources}
    queue_urls = {
        logical_id: physical_ids[logical_id]
        for logical_id, kind in types.items()
        if kind == "AWS::SQS::Queue"
    }
    functions = {
        logical_id: _read_function(aws, logical_id, physical_ids[logical_id])
        for logical_id, kind in types.items()
        if kind == "AWS::Lambda::Function"
    }
    by_arn = {function.arn: function for function in functions.values()}
    return Stack(
        queue_urls=queue_urls,
        functions=functions,
        mappings=_read_mappings(aws, by_arn, queue_urls),
        schedules=_read_schedules(aws, by_arn),
    )


def _read_function(aws: MotoAws, logical_id: str, name: str) -> Function:
    found = aws.session.client("lambda").get_function_configuration(FunctionName=name)
    variables = found["Environment"].get("Variables", {})
    return Function(
        logical_id=logical_id,
        name=name,
        arn=found["FunctionArn"],
        handler=found["Handler"],
        timeout_seconds=found["Timeout"],
        memory_mb=found["MemorySize"],
        # In Lambda all values are text; moto leaves a numeric default as a number.
        environment={key: str(value) for key, value in variables.items()},
    )


def _read_mappings(
    aws: MotoAws, by_arn: Mapping[str, Function], queue_urls: Mapping[str, str]
) -> tuple[EventSourceMapping, ...]:
    url_by_name = {url.rsplit("/", 1)[1]: url for url in queue_urls.values()}
    mappings = []
    for found in aws.session.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        function = by_arn.get(found["FunctionArn"])
        if function is None:
            continue  # of another stack in this process
        queue_arn = found["EventSourceArn"]
        mappings.append(
            EventSourceMapping(
                function=function,
                queue_url=url_by_name[queue_arn.rsplit(":", 1)[1]],
                queue_arn=queue_arn,
                batch_size=found["BatchSize"],
                reports_item_failures="ReportBatchItemFailures"
                in found.get("FunctionResponseTypes", []),
            )
        )
    return tuple(mappings)


def _read_schedules(aws: MotoAws, by_arn: Mapping[str, Function]) -> tuple[Schedule, ...]:
    events = aws.session.client("events")
    return tuple(
        Schedule(by_arn[target["Arn"]], rule["Arn"], rule["ScheduleExpression"])
        for rule in events.list_rules()["Rules"]
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if target["Arn"] in by_arn
    )
