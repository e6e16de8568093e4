/** The API's responses for a small system: one draft, one running campaign with leads, their
 * mail. */
import type { Schemas } from "@/shared/api/client";

export const DRAFT_ID = "c-draft";
export const LIVE_ID = "c-live";
const AT = "2026-11-28T22:10:02.297000Z";

export interface Flow {
  nodes: unknown[];
  connections: unknown;
  [key: string]: unknown;
}

export const START: Flow = { nodes: [{ id: "start", type: "start" }], connections: [] };

export const FLOW: Flow = {
  nodes: [
    { id: "start", type: "start" },
    {
      id: "welcome",
      type: "sendEmail",
      configuration: { subject: "Welcome, {{contact.first_name}}", body: "<p>Hello</p>" },
    },
    { id: "pause", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
  ],
  connections: [
    { from_node: "start", to_node: "welcome" },
    { from_node: "welcome", to_node: "pause" },
  ],
};

export const LEFT: Schemas["SuppressionView"] = {
  email: "left@example.com",
  reason: "unsubscribed",
  source: "",
  campaign_id: LIVE_ID,
  at: AT,
};

export const OWN_SESSION: Schemas["BrowserSessionView"] = {
  session_id: "a".repeat(64),
  token_name: "ebk_EndToEnd",
  created_at: AT,
  last_seen_at: AT,
  ends_at: AT,
  user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  address: "192.0.2.1",
  is_current: true,
};

export const NOT_RESTORED: Schemas["RestorationView"] = {
  state: "none",
  is_held: false,
  backup_at: null,
  restored_at: null,
  choice: null,
  leads_skipped: 0,
};

export const HELD: Schemas["RestorationView"] = {
  ...NOT_RESTORED,
  state: "held",
  is_held: true,
  backup_at: "2026-11-28T03:00:00Z",
  restored_at: AT,
};

export const HELD_LEAD: Schemas["HeldLeadView"] = {
  lead_id: "lead_1",
  campaign_id: LIVE_ID,
  campaign_name: "Spring welcome",
  email: "reader1@example.com",
  status: "paused",
  reason: "wait",
  node_id: "pause",
  due_at: AT,
  emails: [{ node_id: "last", subject: "Last call" }],
  choice: null,
};

/** `over`: the fields that differ. */
export function campaignOf(over: Partial<Schemas["CampaignView"]>): Schemas["CampaignView"] {
  return {
    campaign_id: DRAFT_ID,
    name: "Autumn offer",
    status: "draft",
    created_at: AT,
    updated_at: AT,
    version: 0,
    revision: 0,
    from_email: null,
    from_name: null,
    reply_to: null,
    lateness_max_seconds: null,
    launch_at: null,
    launched_at: null,
    ends: "when_through",
    ends_at: null,
    pause_reason: null,
    ...over,
  };
}

export function leadOf(place: number): Schemas["LeadRead"] {
  const lead_id = `lead_${place}`;
  const email = `reader${place}@example.com`;
  return {
    lead_id,
    campaign_id: LIVE_ID,
    seq: place,
    email,
    attributes: { first_name: `Reader ${place}` },
    status: "paused",
    reason: "wait",
    current_node: "pause",
    execution_path: ["start", "welcome", "pause"],
    completed_tasks: ["start", "welcome"],
    sent_emails: { welcome: { visit: 1, resend_number: 1, at: AT } },
    wait_until: "2026-12-01T22:10:02.299000Z",
    scheduled_task_id: null,
    flow_version: 1,
    enrolled_at: AT,
    revision: 2,
    timeline: [
      itemOf("entered", "start", {}),
      itemOf("sent", "welcome", {
        node: { node_id: "welcome", type: "sendEmail", title: "Welcome" },
      }),
    ],
    next_step: {
      code: "waits",
      parameters: {
        node: { node_id: "pause", type: "wait", title: null },
        until: "2026-12-01T22:10:02.299000Z",
        zone: "UTC",
      },
    },
    next: "Next: the end on Tue 1 Dec, 22:10:02 UTC.",
    messages: [],
    suppressed: null,
  };
}

function itemOf(
  code: "entered" | "sent",
  node_id: string,
  parameters: Schemas["TimelineParameters"],
): Schemas["TimelineView"] {
  return { at: AT, kind: code, node_id, code, parameters, words: "", detail: {} };
}

export function countsOf(leads: number): Schemas["CountsView"] {
  return {
    revision: 2,
    leads: { paused: leads },
    nodes: {
      start: { took: {}, entered: leads },
      welcome: { took: {}, entered: leads, sent: leads },
      pause: { took: {}, entered: leads, waiting: leads },
    },
    lateness_ms: {},
  };
}

export const OVERVIEW: Schemas["OverviewView"] = {
  at: AT,
  campaigns: { draft: 1, running: 1 },
  sent_today: 1,
  sent_by_hour: Array(24).fill(0),
  next_due: { campaign_id: LIVE_ID, name: "Spring welcome", at: "2026-12-01T22:10:02.299000Z" },
  overdue_seconds: 0,
  troubled: [],
  breaker: null,
  dead_letters: null,
  is_whole: true,
};

export const SYSTEM: Schemas["SystemView"] = {
  state: "ok",
  at: AT,
  checks: [{ name: "store", state: "ok", message: "Answers, 9 ms.", remedy: null }],
  queues: null,
  dead_letters: 0,
  workers: null,
  swept: { at: AT, by: null },
  breaker: null,
  overdue_seconds: 0,
  lateness: null,
  links: { rabbitmq: null, metrics: null },
};

export function importJob(campaign_id: string, accepted: number): Schemas["JobView"] {
  return {
    job_id: "i-1",
    campaign_id,
    kind: "import",
    state: "done",
    done: 1,
    total: 1,
    unit: "pages",
    report: { accepted, duplicate: 0, rejected: 0, problems: [] },
    created_at: AT,
    updated_at: AT,
  };
}

/** The contact of a lead, or one that has not entered. */
export function contactOf(
  seq: number,
  lead: Schemas["LeadRead"] | null = null,
): Schemas["ContactRead"] {
  const isUnderWay = lead !== null && !["completed", "failed"].includes(lead.status);
  return {
    seq,
    email: `reader${seq}@example.com`,
    attributes: { first_name: `Reader ${seq}` },
    suppressed: null,
    revision: 1,
    lead: lead && {
      lead_id: lead.lead_id,
      status: lead.status,
      reason: lead.reason,
      is_under_way: isUnderWay,
    },
    change_means: null,
    deletion_means: null,
  };
}

export function previewOf(rows: string[]): Schemas["ContactsPreviewView"] {
  return {
    delimiter: ",",
    encoding: "utf-8",
    has_header: true,
    is_part: false,
    columns: [
      {
        name: "email",
        type: "address",
        samples: rows.slice(0, 3),
        filled: rows.length,
        number: 1,
        header: "email",
        unreadable: 0,
        unreadable_line: null,
      },
    ],
    policy: {
      sheet: null,
      encoding: "utf-8",
      delimiter: ",",
      header_line: 1,
      address_column: 1,
      column_types: {},
      date_orders: {},
      known: "keep",
    },
    questions: [],
    notes: [],
    encodings: [],
    sheets: [],
    rows: rows.map((email, place) => ({ line: place + 2, email, attributes: {} })),
    counts: {
      good: rows.length,
      duplicate: 0,
      existing: 0,
      changed: 0,
      same: 0,
      entered: 0,
      invalid: 0,
    },
    changes: [],
    problems: [],
  };
}

export function rateOf(count: number, of: number): Schemas["RateView"] {
  return { count, of, rate: of ? count / of : null, low: 0.1, high: 0.6 };
}

const RATES = { opened: rateOf(3, 8), clicked: rateOf(2, 8), unsubscribed: rateOf(0, 8) };
const NUMBERS = { sent: 9, bounced: 1, complained: 0, opened: 3, clicked: 2, unsubscribed: 0 };

export const RESULTS: Schemas["ResultsView"] = {
  campaign_id: "c-live",
  name: "Spring welcome",
  emails: [
    {
      ...NUMBERS,
      node_id: "welcome",
      name: "Welcome, {{contact.first_name}}",
      is_in_flow: true,
      failed: 0,
      rates: RATES,
      links: Array.from({ length: 7 }, (_, place) => ({
        link: `https://example.com/${place}`,
        leads: 7 - place,
      })),
      other_links: 0,
    },
  ],
  splits: [
    {
      node_id: "half",
      name: "half",
      is_in_flow: true,
      branches: ["a", "b"].map((port) => ({
        ...NUMBERS,
        port,
        name: port,
        took: 9,
        rates: RATES,
      })),
      verdicts: {
        opened: { better: "b", runner_up: "a", low: 0.02, high: 0.1 },
        clicked: null,
        unsubscribed: null,
      },
    },
  ],
};

export const OVER_TIME: Schemas["OverTimeView"] = {
  unit: "hour",
  points: [
    { ...NUMBERS, at: "2026-11-28T20:00:00Z" },
    { ...NUMBERS, at: "2026-11-28T21:00:00Z", sent: 0 },
  ],
};

/** Responses of the inbox, which is not part of the API's description. */
export const MAILS = [1, 2].map((id) => ({
  id,
  received_at: AT,
  mail_from: "hello@example.com",
  rcpt_to: [`reader${id}@example.com`],
  message_id: `<${id}@example.com>`,
  subject: "Welcome",
  size_bytes: 1894,
  headers: [],
  text: "Hello",
  html: "<p>Hello</p>",
  links: [],
  raw: "Subject: Welcome",
  raw_truncated: false,
}));

export function problemOf(status: number, code: string, detail: string): Schemas["Problem"] {
  return { type: "about:blank", title: "Problem", status, code, detail, errors: [] };
}
