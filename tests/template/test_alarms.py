"""The alarms of template.yaml: what they watch, and when they rise."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from functions.resume_lead.metrics import NAMESPACE, UNITS
from local.cloud.template import translate
from tests.template.test_template import (
    NOTHING,
    PARAMETERS,
    QUEUES,
    TEMPLATE,
    Resource,
    of_type,
)

STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max}


@pytest.fixture(scope="module")
def resources() -> dict[str, Resource]:
    translated: dict[str, Resource] = translate(TEMPLATE, PARAMETERS, "eu-west-1")["Resources"]
    return translated


def rises(alarm: Resource, periods: Sequence[Sequence[float]]) -> bool:
    """As CloudWatch evaluates it. `periods`: the values reported in each of the latest periods."""
    assert len(periods) == alarm["EvaluationPeriods"]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    is_missing_bad = {"breaching": True, "notBreaching": False}[alarm["TreatMissingData"]]
    statistic = STATISTICS[alarm["Statistic"]]
    bad: list[bool] = [
        statistic(values) > alarm["Threshold"] if values else is_missing_bad for values in periods
    ]
    needed = int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])
    return len([it for it in bad if it]) >= needed


@pytest.mark.parametrize(
    ("name", "seconds", "rising", "quiet"),
    [
        ("SendDeadLettersAlarm", 60, [[[0, 1]]], [[[0, 0]], [[]]]),
        ("ResumeDeadLettersAlarm", 60, [[[0, 1]]], [[[0, 0]], [[]]]),
        ("ServerErrorsAlarm", 300, [[[1] * 6]], [[[1] * 5], [[]]]),
        ("UnauthorizedRequestsAlarm", 300, [[[1] * 101]], [[[1] * 100], [[]]]),
        (
            # A sweep that has stopped reports nothing.
            "OldestOverdueLeadAlarm",
            60,
            [[[0, 301]] * 3 + [[0]] * 2, [[]] * 5],
            [[[300]] * 5, [[301]] * 2 + [[0]] * 3],
        ),
    ],
)
def test_alarm_rises_when_something_is_wrong_and_not_before(
    resources: dict[str, Resource],
    name: str,
    seconds: int,
    rising: Sequence[Sequence[Sequence[float]]],
    quiet: Sequence[Sequence[Sequence[float]]],
) -> None:
    """`seconds`: of a period."""
    alarm = resources[name]["Properties"]
    assert alarm["Period"] == seconds
    assert [rises(alarm, it) for it in rising] == [True] * len(rising)
    assert [rises(alarm, it) for it in quiet] == [False] * len(quiet)


def test_alarms_watch_dead_letters_and_the_oldest_overdue_lead(
    resources: dict[str, Resource],
) -> None:
    """And failures of the API, and requests without a token. They notify the topic, if one is
    given."""
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in alarms.values()
        if alarm["Namespace"] == "AWS/SQS"
        and alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == set(QUEUES.values())
    overdue = alarms["OldestOverdueLeadAlarm"]
    assert overdue["Namespace"] == NAMESPACE
    assert overdue["MetricName"] in UNITS
    assert overdue["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "SweepFunction"}}]
    (unauthorized,) = of_type(resources, "AWS::Logs::MetricFilter").values()
    assert unauthorized["LogGroupName"] == {"Ref": "HttpLog"}
    assert unauthorized["FilterPattern"] == "{ $.status = 401 }"
    (metric,) = unauthorized["MetricTransformations"]
    watched_401 = alarms["UnauthorizedRequestsAlarm"]
    assert watched_401["Namespace"] == metric["MetricNamespace"]
    assert watched_401["MetricName"] == metric["MetricName"]
    failed = alarms["ServerErrorsAlarm"]
    assert (failed["Namespace"], failed["MetricName"]) == ("AWS/ApiGateway", "5xx")
    assert failed["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "HttpApi"}}]
    for alarm in alarms.values():
        (action,) = alarm["AlarmActions"]
        assert action["Fn::If"] == ["TellsTopic", {"Ref": "AlarmTopicArn"}, NOTHING]
