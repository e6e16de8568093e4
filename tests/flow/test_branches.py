"""A lead's branches: remembered when it takes them, counted once, and known for each visit."""

from dataclasses import replace

from functions.flow.branches import branches_before
from functions.flow.event import EmailSent, EmailUnknown, Entered, LeadEvent, Resumed, TreatAsSent
from functions.flow.executor import Step
from functions.flow.journal import branch_key, link_key, link_of
from functions.flow.lead import Branch, Lead
from tests.flow.builders import NOW, a_lead, document, email, executor_of, link, node, wait
from tests.flow.scene import WAIT

BRANCHES = [{"port": "a", "weight": 1}, {"port": "b", "weight": 0}]
EXECUTOR = executor_of(
    document(
        [
            node("start", "start"),
            email("before"),
            node("split", "split", {"branches": BRANCHES}),
            email("mail"),
            wait("w"),
            email("again"),
        ],
        [
            link("start", "before"),
            link("before", "split"),
            link("split", "mail", "a"),
            link("mail", "w"),
            link("w", "again"),
        ],
    )
)
SENT = branch_key("sent", "split", "a")


def step(lead: Lead, event: LeadEvent) -> Step:
    made = EXECUTOR.step(lead, event, NOW + WAIT)
    assert made.ignored is None
    return made


def sent(lead: Lead) -> Step:
    assert lead.current_node is not None
    return step(lead, EmailSent(lead.current_node, lead.visit, 1, NOW))


def test_a_lead_counts_once_in_its_branch_however_many_e_mails_follow() -> None:
    """And not for the e-mail before the split."""
    entered = step(a_lead(), Entered())
    at_mail = sent(entered.lead)
    assert at_mail.lead.branches == {"split": Branch("a")}
    assert at_mail.delta is not None
    assert SENT not in at_mail.delta
    waiting = sent(at_mail.lead)
    assert waiting.delta is not None
    assert waiting.delta[SENT] == 1
    assert waiting.lead.branches == {"split": Branch("a", is_mailed=True)}
    last = sent(step(replace(waiting.lead, wait_until=NOW), Resumed()).lead)
    assert last.delta is not None
    assert SENT not in last.delta


def test_an_e_mail_that_a_person_treats_as_sent_is_not_counted() -> None:
    """As in the count of the e-mail; a later one is."""
    lead = sent(step(a_lead(), Entered()).lead).lead
    treated = step(step(lead, EmailUnknown("mail", 1, 1)).lead, TreatAsSent("mail", 1, 1, NOW))
    assert treated.delta is not None
    assert SENT not in treated.delta
    assert treated.lead.branches == {"split": Branch("a")}


def walked(*path: str, kept: int = 1000) -> Lead:
    """A lead that came by these nodes and took branch `a` of split `s`."""
    visits = {it: path.count(it) for it in path}
    lead = replace(a_lead(), execution_path=path[-kept:], visits=visits)
    return replace(lead, branches={"s": Branch("a")})


def test_a_visit_before_the_split_has_no_branch() -> None:
    """What a reader does later with that e-mail is not due to the branch."""
    lead = walked("start", "m", "s", "n")
    assert branches_before(lead, "m", 1) == {}
    assert branches_before(lead, "n", 1) == {"s": "a"}


def test_of_a_loop_only_the_visits_after_the_split_count() -> None:
    """The e-mail before the split comes again behind it."""
    lead = walked("start", "m", "s", "m", "s", "m")
    assert branches_before(lead, "m", 1) == {}
    assert branches_before(lead, "m", 2) == {"s": "a"}
    assert branches_before(lead, "m", 3) == {"s": "a"}


def test_of_a_long_walk_the_latest_nodes_suffice() -> None:
    """The split is no longer among them; a visit that is not either has no branch."""
    lead = walked("start", "m", "s", "m", "w", "m", kept=2)
    assert branches_before(lead, "m", 3) == {"s": "a"}
    assert branches_before(lead, "m", 2) == {}


def test_an_unknown_visit_has_no_branch() -> None:
    """Such as that of an unsubscription before any e-mail."""
    lead = walked("start", "m", "s", "n")
    for node_id, visit in (("", 0), ("n", 0), ("n", 2), ("gone", 1)):
        assert branches_before(lead, node_id, visit) == {}


def test_any_link_is_found_in_its_key() -> None:
    """With the characters that a store does not take in a name, and with escapes of its own."""
    for written in ("https://example.com/a.b?c=%2E%25$", "/", "%", "{{ contact.link }}", "a\0b"):
        key = link_key("email-1", written)
        assert link_of(key) == ("email-1", written)
        assert not {".", "$", "\0"} & set(key)
