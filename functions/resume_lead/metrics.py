"""The sweep's report as metrics, in CloudWatch's embedded metric format.

CloudWatch reads them from the function's log, one JSON object per line on stdout, so the function
needs no permission and no call. The alarm in template.yaml uses the same metric.
Source: CloudWatch, "Specification: embedded metric format".
"""

import json
import sys
from datetime import datetime
from typing import Protocol

NAMESPACE = "EmailBuilder"
UNITS = {"OldestOverdueLeadSeconds": "Seconds", "LeadsDispatched": "Count"}


class Swept(Protocol):
    """The part of a sweep's report that becomes metrics."""

    @property
    def oldest_overdue_seconds(self) -> float: ...

    @property
    def leads_dispatched(self) -> int: ...


def metric_values(swept: Swept) -> dict[str, float]:
    return {
        "OldestOverdueLeadSeconds": swept.oldest_overdue_seconds,
        "LeadsDispatched": swept.leads_dispatched,
    }


def metric_line(swept: Swept, function_name: str, at: str) -> str:
    """`at`: the time of the event, RFC 3339 in UTC (`2026-11-24T04:05:00Z`)."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in UNITS.items()],
    }
    at_ms = int(datetime.fromisoformat(at).timestamp() * 1000)
    metadata = {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, "FunctionName": function_name, **metric_values(swept)})


def write_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
