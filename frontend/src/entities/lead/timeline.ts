/**
 * A lead's timeline in English: one sentence for each code of the API, with instants in the
 * viewer's zone and locale. Names of e-mails and links stand out. Pure.
 */
import { capital, type Phrase } from "@/entities/flow/phrase";
import type { Schemas } from "@/shared/api/client";
import { instant, length } from "@/shared/time/format";

type Parameters = Schemas["TimelineParameters"];
type Sentence = (it: Parameters) => Phrase;
export type TimelineItem = Pick<Schemas["TimelineView"], "code" | "parameters">;
export type NextStep = Schemas["NextStepView"];

export function sentenceOf(item: TimelineItem): Phrase {
  const sentence: Sentence | undefined = SENTENCES[item.code];
  // A page that was loaded before the server was updated may get a code that it does not know.
  return sentence ? sentence(item.parameters) : [item.code.replaceAll("_", " ")];
}

export function nextSentence(step: NextStep): Phrase {
  const sentence: Sentence | undefined = NEXT[step.code];
  const phrase = sentence ? sentence(step.parameters) : [step.code.replaceAll("_", " ")];
  return step.parameters.is_paused
    ? say`${phrase} The campaign is paused: nothing moves until it resumes.`
    : phrase;
}

/** An e-mail's subject as this contact gets it, if the timeline names the e-mail. */
export function subjectIn(
  items: readonly Pick<TimelineItem, "parameters">[],
  nodeId: string,
): string | undefined {
  const named = items.flatMap(({ parameters: { node, email, to } }) => [node, email, to]);
  return named.find((it) => it?.node_id === nodeId && it.title)?.title ?? undefined;
}

function say(strings: TemplateStringsArray, ...parts: (string | Phrase)[]): Phrase {
  return strings.flatMap((text, place) => [text, ...[parts[place] ?? []].flat()]).filter(Boolean);
}

function named(node: Parameters["node"]): Phrase {
  if (node?.title) {
    return [{ name: node.title }];
  }
  if (node?.type && node.type !== "sendEmail") {
    return [`the ${node.type}`];
  }
  return node?.node_id ? [{ name: node.node_id }] : ["a message"];
}

function because(it: Parameters): string {
  return it.reason ? `: ${it.reason}` : "";
}

function until(before: string, it: Parameters): string {
  return it.until ? `${before}${instant(it.until)}` : "";
}

function afterSending(it: Parameters): string {
  return it.after_seconds === undefined ? "" : ` ${length(it.after_seconds)} after sending`;
}

/** `what` precedes the e-mail's name if no link is named. */
function reacted(verb: string, what: string): Sentence {
  return (it) =>
    say`${verb} ${it.link ? [{ name: it.link }] : say`${what}${named(it.email)}`}${afterSending(it)}${until(" by ", it)}: took ${it.port ?? ""}`;
}

function skipped(what: string): Sentence {
  return (it) =>
    say`A person ended ${what}${until(", which would have lasted until ", it)}${because(it)}`;
}

const SENTENCES: Record<Schemas["TimelineCode"], Sentence> = {
  entered: () => ["Entered the campaign"],
  sending: (it) => say`Began to send ${named(it.node)}`,
  sent: (it) =>
    say`Sent ${named(it.node)}${it.message_number ? ` (message ${it.message_number})` : ""}`,
  deferred: (it) =>
    say`${named(it.node)} had to wait${because(it)}${until("; next attempt on ", it)}`,
  rejected: (it) => say`The mail server refused ${named(it.node)}${because(it)}`,
  unrenderable: (it) => say`${named(it.node)} could not be rendered for this contact${because(it)}`,
  suppressed: (it) => say`Did not send ${named(it.node)}: mail to this address is suppressed`,
  unknown: (it) => say`It is not known whether ${named(it.node)} arrived${because(it)}`,
  waited: (it) =>
    say`Waited ${length(it.waited_seconds ?? 0)}${until(" (until ", it)})${it.late_seconds ? `, ${length(it.late_seconds)} late` : ""}`,
  date_missing: (it) => say`${it.attribute ?? ""} is not a date: continued immediately`,
  date_past: (it) =>
    say`The wait was already over${it.past ? ` (${instant(it.past)})` : ""}: continued immediately`,
  took_clicked: reacted("Clicked", "a link in "),
  took_opened: reacted("Opened", ""),
  took_not_clicked: reacted("Did not click", "any link in "),
  took_not_opened: reacted("Did not open", ""),
  took_not_sent: (it) =>
    say`${named(it.email)} was never sent to this contact: took ${it.port ?? ""}`,
  took_attribute: (it) =>
    say`${it.attribute ?? ""} is ${String(it.value ?? "missing")}: took ${it.port ?? ""}`,
  took_attributes: (it) =>
    say`Checked the contact's attributes (${it.match ?? ""} of the rules): took ${it.port ?? ""}`,
  took_split: (it) => say`Split by share: took ${it.branch ?? it.port ?? ""}`,
  passed: (it) => {
    const [first, ...rest] = named(it.node);
    const subject = typeof first === "string" ? capital(first) : first;
    return say`${[subject ?? "", ...rest]} is switched off: skipped`;
  },
  send_again_decided: (it) => say`A person decided to send ${named(it.node)} again`,
  treat_as_sent_decided: (it) => say`A person decided to treat ${named(it.node)} as sent`,
  wait_skipped: skipped("the wait"),
  watch_skipped: skipped("the watch"),
  moved: (it) => say`A person moved it to ${named(it.to)}${because(it)}`,
  moved_to_version: (it) =>
    say`Moved to version ${String(it.version ?? "")} of the flow${it.to ? say`, to ${named(it.to)}` : ""} (it was in version ${String(it.previous_version ?? "")})`,
  had_already: (it) =>
    say`Did not send ${named(it.node)}: had it already, before the move to this version`,
  retried: (it) =>
    say`A person retried ${named(it.node)}${it.job_id ? " together with other failed leads" : ""}${it.retry_of ? ` (message ${it.message_number ?? ""}, a retry of message ${it.retry_of})` : ""}${because(it)}`,
  restored: () => [
    "The store was restored from a backup: e-mails that may have been sent are skipped",
  ],
  presumed: (it) =>
    say`Did not send ${named(it.node)}: it may have been sent before the store was restored`,
  opened: (it) => say`Opened ${named(it.node)}${afterSending(it)}`,
  clicked: (it) => say`Clicked ${it.link ?? "a link"} in ${named(it.node)}${afterSending(it)}`,
  unsubscribed: (it) => say`Unsubscribed${afterSending(it)}`,
  bounced: (it) => say`${named(it.node)} came back${because(it)}`,
  complained: (it) => say`Reported ${named(it.node)} as spam${afterSending(it)}`,
  ended_end: (it) => say`Finished${it.reason === "finished" ? "" : because(it)}`,
  ended_no_connection: (it) =>
    say`Finished: nothing follows ${named(it.node)}${it.port === "next" ? "" : ` by ${it.branch ?? it.port}`}`,
  ended_suppressed: () => ["Ended: mail to this address is suppressed"],
  ended_cancelled: () => ["Ended: the campaign was cancelled"],
  ended_removed: (it) => say`Removed from the campaign${because(it)}`,
  ended_step_gone: (it) =>
    say`Ended at ${named(it.node)}: version ${String(it.version ?? "")} of the flow lacks this step`,
  ended_goal: () => ["Ended: the campaign's goal was reached"],
  failed_rejected: () => ["Failed: the mail server refused the message"],
  failed_template: () => ["Failed: the message could not be rendered for this contact"],
  failed_poison: () => ["Failed: the flow led the lead round a loop too often"],
};

/** What the reader has to do; empty if the step does not depend on the reader. */
function lookedFor(it: Parameters): Phrase {
  return it.email
    ? say`for ${it.event === "clicked" ? "a click in" : "an open of"} ${named(it.email)}`
    : [];
}

const NEXT: Record<Schemas["NextCode"], Sentence> = {
  enters: () => ["Next: enters the campaign."],
  on_its_way: (it) => say`Next: ${named(it.node)} is on its way to the mail server.`,
  waits: (it) => {
    const looks = it.email ? lookedFor(it) : ["at the contact's attributes"];
    const what = it.next_node?.type === "condition" ? say`looks ${looks}` : named(it.next_node);
    return say`Next: ${it.next_node ? what : "the end"}${until(" on ", it)}.`;
  },
  watches: (it) => say`Next: watches ${lookedFor(it)}${until(" until ", it)}.`,
  tries_again: (it) => say`Next: ${named(it.node)} is tried again${until(" on ", it)}.`,
  needs_decision: (it) =>
    say`It is not known whether ${named(it.node)} arrived. Decide: send it again, or treat it as sent.`,
};
