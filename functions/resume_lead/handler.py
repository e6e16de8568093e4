"""The `resume_lead` function, and the sweep function that the schedule starts."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

from chalice.app import Chalice, CloudWatchEvent, SQSEvent

from functions.event_source import BatchAnswer, RuntimeSlot, SqsBatchSource, deployed_runtime
from functions.resume_lead.metrics import metric_line, metric_values, write_stdout
from functions.service.schedule.consume import deliver_resumes
from functions.service.schedule.sweep import SweepReport
from functions.service.schedule.sweep import sweep as sweep_leads
from functions.service.services import Services

# Chalice only adapts events. template.yaml deploys, and a test checks that the two agree.
app = Chalice(app_name="emailbuilder-resume-lead", configure_logs=False)

_slot = RuntimeSlot(deployed_runtime)
use = _slot.use
source = SqsBatchSource(deliver_resumes, _slot)


@app.on_sqs_message(
    queue="ResumeQueue",
    batch_size=100,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=20,
)
def handler(event: SQSEvent) -> BatchAnswer:
    return source.answer(event.to_dict())


class FunctionContext(Protocol):
    function_name: str


class ScheduleSource:
    """The schedule of a function: what an event starts, and where its report is written."""

    def __init__(
        self,
        start: Callable[[Services], Coroutine[Any, Any, SweepReport]],
        write_metrics: Callable[[str], None],
    ) -> None:
        self.start = start
        self.write_metrics = write_metrics

    def answer(self, event: CloudWatchEvent) -> dict[str, float]:
        runtime = _slot.current()
        report = runtime.run(self.start(runtime.services))
        # Chalice types it as a dict, but Lambda passes an object.
        context = cast("FunctionContext", event.context)
        self.write_metrics(metric_line(report, context.function_name, event.time))
        return metric_values(report)


schedule = ScheduleSource(sweep_leads, write_stdout)


@app.schedule("rate(1 minute)")
def sweep(event: CloudWatchEvent) -> dict[str, float]:
    return schedule.answer(event)
