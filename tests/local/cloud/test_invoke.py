"""How Lambda interprets a handler's response."""

import pytest

from local.cloud.invoke import failed_messages

BATCH = frozenset({"a", "b"})


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "of another batch"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"wrong_key": "a"}]}, {"a", "b"}),
    ],
)
def test_answer_fails_what_lambda_would_fail(answer: object, failed: set[str]) -> None:
    """An empty response means success; one unknown identifier fails the whole batch."""
    assert failed_messages(answer, BATCH, reports_item_failures=True) == failed


def test_failures_are_ignored_by_a_mapping_that_does_not_report_them() -> None:
    """Without ReportBatchItemFailures an answer of any kind is success."""
    answer = {"batchItemFailures": [{"itemIdentifier": "a"}]}
    assert failed_messages(answer, BATCH, reports_item_failures=False) == frozenset()
