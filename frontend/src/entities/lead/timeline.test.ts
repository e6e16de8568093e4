import { describe, expect, it } from "vitest";
import { plain } from "@/entities/flow/phrase";
import type { Schemas } from "@/shared/api/client";
import { instant, length } from "@/shared/time/format";
import { nextSentence, sentenceOf, subjectIn } from "./timeline";

const WELCOME = { node_id: "a", type: "sendEmail", title: "Welcome" };
const WAIT = { node_id: "w", type: "wait", title: null };
const ASKED = { node_id: "asked", type: "condition", title: null };
const UNTIL = "2020-03-12T09:00:00Z";

const SENTENCES: [Schemas["TimelineCode"], Schemas["TimelineParameters"], string][] = [
  ["sent", { node: WELCOME }, "Sent Welcome"],
  ["sent", { node: WELCOME, message_number: 2 }, "Sent Welcome (message 2)"],
  [
    "deferred",
    { node: WELCOME, reason: "451 later", until: UNTIL },
    `Welcome had to wait: 451 later; next attempt on ${instant(UNTIL)}`,
  ],
  [
    "waited",
    { node: WAIT, waited_seconds: 259_200, until: UNTIL, zone: "UTC", late_seconds: 92 },
    `Waited 3 days (until ${instant(UNTIL)}), 1 min 32 s late`,
  ],
  [
    "took_clicked",
    { node: ASKED, email: WELCOME, after_seconds: 7200, port: "yes" },
    "Clicked a link in Welcome 2 h after sending: took yes",
  ],
  [
    "took_not_clicked",
    { node: ASKED, email: WELCOME, link: "https://example.com/", until: UNTIL, port: "no" },
    `Did not click https://example.com/ by ${instant(UNTIL)}: took no`,
  ],
  [
    "took_split",
    { node: ASKED, port: "b", branch: "No discount" },
    "Split by share: took No discount",
  ],
  ["took_split", { node: ASKED, port: "b" }, "Split by share: took b"],
  ["took_attribute", { attribute: "plan", value: null, port: "no" }, "plan is missing: took no"],
  ["passed", { node: WAIT }, "The wait is switched off: skipped"],
  ["passed", { node: WELCOME }, "Welcome is switched off: skipped"],
  [
    "restored",
    { node: WELCOME },
    "The store was restored from a backup: e-mails that may have been sent are skipped",
  ],
  [
    "presumed",
    { node: WELCOME },
    "Did not send Welcome: it may have been sent before the store was restored",
  ],
  [
    "wait_skipped",
    { node: WAIT, until: UNTIL, reason: "by phone" },
    `A person ended the wait, which would have lasted until ${instant(UNTIL)}: by phone`,
  ],
  ["moved", { node: WAIT, to: WELCOME }, "A person moved it to Welcome"],
  ["ended_end", { reason: "finished" }, "Finished"],
  ["ended_end", { reason: "won" }, "Finished: won"],
  [
    "ended_no_connection",
    { node: ASKED, port: "no" },
    "Finished: nothing follows the condition by no",
  ],
];

describe("sentenceOf", () => {
  it.each(SENTENCES)("says %s", (code, parameters, text) => {
    expect(plain(sentenceOf({ code, parameters }))).toBe(text);
  });

  it("keeps names apart from the text around them", () => {
    const item = {
      code: "sent" as const,
      parameters: { node: { ...WELCOME, title: "*<b>Hi</b>*" } },
    };
    expect(sentenceOf(item)).toEqual(["Sent ", { name: "*<b>Hi</b>*" }]);
  });

  it("shows a code of a later version as it is", () => {
    const code = "sent_by_pigeon" as Schemas["TimelineCode"];
    expect(sentenceOf({ code, parameters: {} })).toEqual(["sent by pigeon"]);
  });
});

const NEXT: [Schemas["NextCode"], Schemas["TimelineParameters"], string][] = [
  ["enters", {}, "Next: enters the campaign."],
  ["waits", { node: WAIT, until: UNTIL }, `Next: the end on ${instant(UNTIL)}.`],
  ["waits", { until: UNTIL, next_node: WELCOME }, `Next: Welcome on ${instant(UNTIL)}.`],
  [
    "waits",
    { until: UNTIL, next_node: ASKED, event: "clicked", email: WELCOME },
    `Next: looks for a click in Welcome on ${instant(UNTIL)}.`,
  ],
  [
    "waits",
    { until: UNTIL, next_node: ASKED },
    `Next: looks at the contact's attributes on ${instant(UNTIL)}.`,
  ],
  [
    "watches",
    { until: UNTIL, event: "opened", email: WELCOME },
    `Next: watches for an open of Welcome until ${instant(UNTIL)}.`,
  ],
  [
    "on_its_way",
    { node: WELCOME, is_paused: true },
    "Next: Welcome is on its way to the mail server. The campaign is paused: nothing moves until it resumes.",
  ],
  [
    "needs_decision",
    { node: WELCOME },
    "It is not known whether Welcome arrived. Decide: send it again, or treat it as sent.",
  ],
];

describe("nextSentence", () => {
  it.each(NEXT)("says %s", (code, parameters, text) => {
    expect(plain(nextSentence({ code, parameters }))).toBe(text);
  });
});

describe("subjectIn", () => {
  it("finds an e-mail's subject in the timeline", () => {
    const items = [{ parameters: { node: WAIT } }, { parameters: { node: ASKED, email: WELCOME } }];
    expect(subjectIn(items, "a")).toBe("Welcome");
    expect(subjectIn(items, "w")).toBeUndefined();
  });
});

describe("length", () => {
  it.each([
    [0, "0 s"],
    [60, "1 min"],
    [61, "1 min 1 s"],
    [7500, "2 h 5 min"],
    [90_000, "1 day 1 h"],
    [259_259, "3 days"],
  ])("says %d seconds in its two largest units", (seconds, text) => {
    expect(length(seconds)).toBe(text);
  });
});

describe("instant", () => {
  it("names the year and the seconds only if they matter", () => {
    const now = Date.parse("2027-06-01T00:00:00Z");
    expect(instant("2027-06-02T12:00:00Z", now)).not.toMatch(/2027|:00:00/);
    expect(instant("2028-06-02T12:00:09Z", now)).toMatch(/2028.*:09/);
  });
});
