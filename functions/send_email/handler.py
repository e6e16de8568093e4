"""The `send_email` function: each batch of the send queue is one call of `deliver_sends`."""

from chalice.app import Chalice, SQSEvent

from functions.event_source import BatchAnswer, RuntimeSlot, SqsBatchSource, deployed_runtime
from functions.service.schedule.consume import deliver_sends

# Chalice only adapts events. template.yaml deploys, and a test checks that the two agree.
app = Chalice(app_name="emailbuilder-send-email", configure_logs=False)

_slot = RuntimeSlot(deployed_runtime)
use = _slot.use
source = SqsBatchSource(deliver_sends, _slot)


@app.on_sqs_message(
    queue="SendQueue", batch_size=100, maximum_batching_window_in_seconds=1, maximum_concurrency=20
)
def handler(event: SQSEvent) -> BatchAnswer:
    return source.answer(event.to_dict())
