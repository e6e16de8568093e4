"""The Chalice decorators agree with template.yaml, which is what we deploy."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from chalice.app import ScheduledEventConfig, SQSEventConfig
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
MODULES = ("functions.send_email.handler", "functions.resume_lead.handler")

SqsSource = tuple[str, str | None, int, int, int | None]


def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return parsed


def events_of_template(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """(handler, properties) of every event of that kind."""
    return [
        (resource["Properties"]["Handler"], event["Properties"])
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == kind
    ]


def event_sources() -> list[tuple[str, Any]]:
    """(handler, event source) of every Chalice app."""
    return [
        (f"{name}.{source.name}", source)
        for name in MODULES
        for source in import_module(name).app.event_sources
    ]


def test_sqs_sources_are_the_mappings_of_the_template() -> None:
    """Queue, batch size, window, concurrency and handler are equal, with none missing on either
    side.
    """
    defaults = {
        name: parameter["Default"]
        for name, parameter in template()["Parameters"].items()
        if "Default" in parameter
    }
    deployed: set[SqsSource] = {
        (
            handler,
            properties["Queue"]["Fn::GetAtt"][0],
            properties["BatchSize"],
            properties["MaximumBatchingWindowInSeconds"],
            defaults[properties["ScalingConfig"]["MaximumConcurrency"]["Ref"]],
        )
        for handler, properties in events_of_template("SQS")
    }
    declared: set[SqsSource] = {
        (
            handler,
            source.queue,
            source.batch_size,
            source.maximum_batching_window_in_seconds,
            source.maximum_concurrency,
        )
        for handler, source in event_sources()
        if isinstance(source, SQSEventConfig)
    }
    assert deployed == declared
    assert len(declared) == 2


def test_schedules_are_those_of_the_template() -> None:
    """Expression and handler."""
    deployed = {(handler, p["Schedule"]) for handler, p in events_of_template("Schedule")}
    declared = {
        (handler, source.schedule_expression)
        for handler, source in event_sources()
        if isinstance(source, ScheduledEventConfig)
    }
    assert deployed == declared == {("functions.resume_lead.handler.sweep", "rate(1 minute)")}


@pytest.mark.parametrize(
    "handler",
    [
        resource["Properties"]["Handler"]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ],
)
def test_every_handler_of_the_template_can_be_called(handler: str) -> None:
    """Otherwise only the first deployment would reveal a typing error."""
    module, name = handler.rsplit(".", 1)
    assert callable(getattr(import_module(module), name))
