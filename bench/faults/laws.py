"""Checks the guarantees against the evidence of a run with real processes.

I1 … I9 are those of the simulation, and its naive model of a lead's path reads the journals here
too; R is the time that leads need to go on after the broker was wiped. Invariant: if the mail
server's ledger or a log answers a question, the system's own report is not used.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from bench.faults.evidence import CampaignEvidence, Evidence
from bench.faults.recovery import recoveries
from bench.faults.unknowns import messages_of, unknowns
from functions.flow.journal import EntryKind
from functions.flow.lead import ENDED, Lead, Reason, State
from functions.service.campaigns.records import CampaignStatus
from functions.service.sending.records import MessageState
from harness.simulation.story import Story, Violation
from harness.simulation.world import World, message_id_of

Law = Callable[[Evidence], Iterator[Violation]]

_COUNTED = ("total/", "late/", "branch/")
DIED = "died by itself"


def judge(evidence: Evidence) -> list[Violation]:
    return [violation for law in LAWS for violation in law(evidence)]


def every_contact_is_a_lead(evidence: Evidence) -> Iterator[Violation]:
    """I1: as many leads as imported contacts, each once."""
    for it in evidence.campaigns:
        contacts = {contact.seq: contact.email for contact in it.contacts}
        leads = {lead.seq: lead.email for lead in it.leads}
        if not it.wanted == len(contacts) == len(leads) == len(it.leads):
            message = f"{it.wanted} brought, {len(contacts)} contacts, {len(it.leads)} leads"
            yield Violation("I1", it.campaign.campaign_id, message)
        elif contacts != leads:
            yield Violation("I1", it.campaign.campaign_id, "its leads are not its contacts")


def no_lead_is_stranded(evidence: Evidence) -> Iterator[Violation]:
    """I1: each lead has ended, is parked for a person, or waits for a retry that is due later. A
    campaign is completed if and only if all its leads have ended.
    """
    for it in evidence.campaigns:
        for lead in it.leads:
            if lead.state not in (*ENDED, State.UNKNOWN, State.DEFERRED):
                yield Violation("I1", lead.lead_id, f"is left {lead.state} at {lead.current_node}")
        has_ended = all(lead.state in ENDED for lead in it.leads)
        if has_ended != (it.campaign.status is CampaignStatus.COMPLETED):
            message = f"is {it.campaign.status}; have all its leads ended: {has_ended}"
            yield Violation("I1", it.campaign.campaign_id, message)


def sent_once(evidence: Evidence) -> Iterator[Violation]:
    """I2: the server accepted each send key once, and each e-mail once per recipient."""
    for message_id, times in Counter(it.message_id for it in evidence.accepted).items():
        if times > 1:
            yield Violation("I2", message_id, f"was accepted {times} times")
    for (recipient, node), times in Counter(
        (it.recipient, it.node) for it in evidence.accepted
    ).items():
        if times > 1:
            yield Violation("I2", recipient, f"got {node} {times} times")


def mail_is_ours_and_reaches_its_reader(evidence: Evidence) -> Iterator[Violation]:
    """I2: every accepted message is ours, of the right node, and to the right recipient."""
    messages = {message_id_of(it.key): it for it in messages_of(evidence).values()}
    for accepted in evidence.accepted:
        message = messages.get(accepted.message_id)
        if message is None:
            yield Violation("I2", accepted.message_id, "is not one of our messages")
        elif (message.recipient, message.node_id) != (accepted.recipient, accepted.node):
            yield Violation("I2", message.key, f"went as {accepted.node} to {accepted.recipient}")


def stories_follow_their_flow(evidence: Evidence) -> Iterator[Violation]:
    """I3, I4, I5, D: each journal is a walk through the flow, one outcome per e-mail, no short
    wait.
    """
    world = World(0)
    for it in evidence.campaigns:
        for lead in it.leads:
            story = Story(world, lead, {lead.flow_version: it.flow}, [], it.messages)
            yield from story.read(it.journal[lead.lead_id])
            yield from _outcomes(evidence, it, lead, story)


def _outcomes(
    evidence: Evidence, it: CampaignEvidence, lead: Lead, story: Story
) -> Iterator[Violation]:
    """I3: each requested e-mail has a message, and the lead's journal has the message's outcome."""
    told = {f"{lead.lead_id}/{node}/{visit}/{n}" for node, visit, n in story.told_sent}
    for node, visit, resend_number in story.asked:
        key = f"{lead.lead_id}/{node}/{visit}/{resend_number}"
        message = it.messages.get(key)
        if message is None:
            yield Violation("I3", key, f"was requested and never begun; its lead is {lead.state}")
        elif (message.state is MessageState.SENT) != (key in told):
            yield Violation("I3", key, f"is {message.state}; its lead knows: {key in told}")
        elif message.state is MessageState.DEFERRED and lead.state is not State.DEFERRED:
            yield Violation("I3", key, f"is deferred, its lead {lead.state}")


def messages_rest_as_the_server_says(evidence: Evidence) -> Iterator[Violation]:
    """I3: the server has every sent message; what it has is sent or unknown; it refused what was
    rejected. I7: no mark is left.
    """
    accepted = {it.message_id for it in evidence.accepted}
    suppressed = {it.recipient for it in evidence.suppressed}
    refused = {
        it.recipient for it in evidence.misdeeds if it.kind.startswith("refuse") and it.recipient
    }
    for key, message in messages_of(evidence).items():
        is_there = message_id_of(key) in accepted
        match message.state:
            case MessageState.SENT if not is_there:
                yield Violation("I3", key, "is sent, but the server never had it")
            case MessageState.REJECTED if message.recipient not in refused:
                yield Violation(
                    "I3", key, f"is rejected ({message.outcome_reason}); nobody refused it"
                )
            case MessageState.SENDING:
                yield Violation("I7", key, "is marked sending, but no worker sends it")
            case MessageState.CLAIMED:
                yield Violation("I3", key, "is left claimed")
            case MessageState.SUPPRESSED if message.recipient not in suppressed:
                yield Violation("I3", key, "is suppressed, but its recipient did not ask for that")
        if is_there and message.state not in (MessageState.SENT, MessageState.UNKNOWN):
            yield Violation("I3", key, f"is at the server, but {message.state}")


def no_mail_comes_early(evidence: Evidence) -> Iterator[Violation]:
    """I5: by the mail server's own clock; its ledger is written before the answer that began the
    wait.
    """
    first = {it.recipient: it.at for it in evidence.accepted if it.node == "email-1"}
    for later in evidence.accepted:
        if later.node != "email-1":
            gap = later.at - first.get(later.recipient, float("inf"))
            if gap < evidence.times.wait:
                message = f"got {later.node} {gap:.3f} s after email-1, not {evidence.times.wait:g}"
                yield Violation("I5", later.recipient, message)


def suppressed_are_left_alone(evidence: Evidence) -> Iterator[Violation]:
    """I6: every accepted message was marked `sending` before its reader's unsubscription was
    acknowledged. Marks are logged before they are written.
    """
    suppressed_at = {it.recipient: it.at for it in evidence.suppressed}
    marked_at: dict[str, list[float]] = defaultdict(list)
    for marking in evidence.markings:
        marked_at[message_id_of(marking.key)].append(marking.at)
    for it in evidence.accepted:
        last = max((at for at in marked_at[it.message_id] if at <= it.at), default=None)
        until = suppressed_at.get(it.recipient)
        if last is None:
            yield Violation("I6", it.message_id, "is at the server, but was not marked")
        elif until is not None and last > until:
            message = f"got {it.node}, marked {last - until:.3f} s after it was suppressed"
            yield Violation("I6", it.recipient, message)


def unknowns_are_explained(evidence: Evidence) -> Iterator[Violation]:
    """I7: each has a kill, stop, outage or drop as its cause; and a worker leaves no more of them
    than it had connections.
    """
    found = unknowns(evidence)
    for it in found:
        if it.cause is None:
            yield Violation("I7", it.key, "became unknown, and nothing happened to it")
    for pid, left in Counter(it.pid for it in found if it.pid is not None).items():
        if left > evidence.times.connections_max:
            message = f"left {left} marks over {evidence.times.connections_max} connections"
            yield Violation("I7", f"process {pid}", message)


def everything_returns_to_nothing(evidence: Evidence) -> Iterator[Violation]:
    """I8: also, no process died that was not killed on purpose."""
    for what, left in evidence.left_behind.items():
        if left:
            yield Violation("I8", what, f"{left} are left")
    for it in evidence.faults:
        if it.kind == DIED:
            yield Violation("I8", f"process {it.pid}", f"died, and nobody killed it: {it.message}")


def counts_equal_a_recount(evidence: Evidence) -> Iterator[Violation]:
    """I9: recounts where leads are from the leads, and what happened from their journals."""
    for it in evidence.campaigns:
        name = it.campaign.campaign_id
        summed: Counter[str] = Counter()
        for records in it.journal.values():
            for record in records:
                summed.update({k: n for k, n in record.delta.items() if k.startswith(_COUNTED)})
        for key, n in it.recount.items():
            if key.startswith(_COUNTED) and summed[key] != n:
                yield Violation("I9", name, f"{key}: {n}, by the journals {summed[key]}")
        expected = {k: n for k, n in it.recount.items() if not k.startswith(_COUNTED)}
        expected |= {k: n for k, n in summed.items() if n}
        differing = {
            key: (it.counts.get(key, 0), expected.get(key, 0))
            for key in sorted(it.counts.keys() | expected.keys())
            if it.counts.get(key, 0) != expected.get(key, 0)
        }
        if differing:
            yield Violation("I9", name, f"(counted, recounted): {differing}")


def recovers_in_time(evidence: Evidence) -> Iterator[Violation]:
    """R: leads whose jobs a wiped broker lost are worked on again within lease + sweep + 5 s."""
    most = evidence.times.recovery_max
    for it in recoveries(evidence):
        if it.seconds > most:
            yield Violation("R", it.wipe.kind, f"not within {most:g} s: {it}")


def lateness_ms(evidence: Evidence) -> list[int]:
    """The lateness of every wait that ended, sorted."""
    return sorted(
        int(str(entry.detail["lateness_ms"]))
        for it in evidence.campaigns
        for records in it.journal.values()
        for record in records
        for entry in record.entries
        if entry.kind is EntryKind.RESUMED
    )


def rejected(evidence: Evidence) -> int:
    return sum(lead.reason is Reason.REJECTED for it in evidence.campaigns for lead in it.leads)


LAWS: tuple[Law, ...] = (
    every_contact_is_a_lead,
    no_lead_is_stranded,
    sent_once,
    mail_is_ours_and_reaches_its_reader,
    stories_follow_their_flow,
    messages_rest_as_the_server_says,
    no_mail_comes_early,
    suppressed_are_left_alone,
    unknowns_are_explained,
    everything_returns_to_nothing,
    counts_equal_a_recount,
    recovers_in_time,
)
