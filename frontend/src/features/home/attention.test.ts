import { describe, expect, it } from "vitest";
import type { Schemas } from "@/shared/api/client";
import { attentions, firstSteps, hourName } from "./attention";

const CALM: Schemas["OverviewView"] = {
  at: "2027-03-01T09:30:00Z",
  campaigns: { running: 1 },
  sent_today: 0,
  sent_by_hour: new Array(24).fill(0),
  next_due: null,
  overdue_seconds: 3,
  troubled: [],
  breaker: null,
  dead_letters: null,
  is_whole: true,
};
const WELCOME = { campaign_id: "c 1", name: "Welcome", status: "running", pause_reason: null };
const OK = { checks: [{ name: "store", state: "ok", message: "Answers.", remedy: null }] } as const;

describe("attentions", () => {
  it("says nothing about what is fine", () => {
    expect(attentions(CALM, { checks: [...OK.checks] })).toEqual([]);
    expect(attentions(CALM, undefined)).toEqual([]);
  });

  it("puts failures before waiting leads, and leaves decisions to their own list", () => {
    const troubled = [{ ...WELCOME, failed: 1, unknown: 2, deferred: 5 }];
    const found = attentions({ ...CALM, troubled }, undefined);
    expect(found.map((it) => [it.hue, it.href])).toEqual([
      ["failed", "/campaigns/c%201/leads?status=failed"],
      ["waiting", "/campaigns/c%201/leads?status=paused"],
    ]);
    expect(found[0]?.message).toBe("1 lead has failed.");
  });

  it("says which campaign was paused automatically, and what the mail server said", () => {
    const pause_reason = "the mail server refuses its messages: 554 no";
    const troubled = [{ ...WELCOME, pause_reason, failed: 0, unknown: 0, deferred: 0 }];
    const breaker = {
      state: "open" as const,
      since: CALM.at,
      open_until: CALM.at,
      refusals: 10,
      last_reason: "554 5.7.1 Relay access denied",
      message: "The mail server keeps refusing mail.",
    };
    const found = attentions({ ...CALM, troubled, breaker }, undefined);
    expect(found.map((it) => [it.about, it.message])).toEqual([
      ["Welcome", `Paused automatically: ${pause_reason}`],
      [
        "Sending",
        "The mail server keeps refusing mail. The server replied: 554 5.7.1 Relay access denied",
      ],
    ]);
  });

  it("shows what was found together with its remedy", () => {
    const checks = [
      { name: "broker", state: "failed" as const, message: "Away.", remedy: "Start RabbitMQ." },
    ];
    expect(attentions(CALM, { checks })).toMatchObject([
      { hue: "failed", about: "Broker", message: "Away. Start RabbitMQ.", href: "/system" },
    ]);
  });

  it("states lateness in a readable unit", () => {
    const [late] = attentions({ ...CALM, overdue_seconds: 4000 }, undefined);
    expect(late?.message).toContain("67 minutes");
  });
});

it("knows which first steps are done", () => {
  expect(firstSteps({})).toEqual({ hasCampaign: false, hasLaunched: false });
  expect(firstSteps({ draft: 2 })).toEqual({ hasCampaign: true, hasLaunched: false });
  expect(firstSteps({ completed: 1 })).toEqual({ hasCampaign: true, hasLaunched: true });
});

it("names the hours backwards from the current one", () => {
  const now = hourName("2027-03-01T09:30:00Z", 23, 24);
  expect(hourName("2027-03-01T09:30:00Z", 22, 24)).not.toBe(now);
  expect(hourName("2027-03-02T08:59:00Z", 0, 24)).toBe(now);
});
