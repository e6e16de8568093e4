/**
 * The API in memory, behind its own `fetch` and XMLHttpRequest: it stores what is written, checks
 * revisions as the API does, and can be unreachable, slow, broken, or not the API at all.
 */
import type { Schemas } from "@/shared/api/client";
import {
  campaignOf,
  contactOf,
  countsOf,
  DRAFT_ID,
  FLOW,
  type Flow,
  importJob,
  LEFT,
  LIVE_ID,
  leadOf,
  MAILS,
  NOT_RESTORED,
  OVER_TIME,
  OVERVIEW,
  OWN_SESSION,
  previewOf,
  RESULTS,
  rateOf,
  START,
  SYSTEM,
} from "./fake-answers";
import { json, type Reply, refused } from "./fake-reply";

interface Asked {
  path: string;
  query: URLSearchParams;
  /** Parsed if it is JSON, otherwise as text. */
  body: unknown;
  ifMatch: string | null;
}

interface Kept {
  campaign: Schemas["CampaignView"];
  draft: Flow;
  contacts: number;
  audience: Schemas["ContactRead"][];
  leads: Schemas["LeadRead"][];
}

/** A request, as "POST /api/v1/campaigns": without its query. */
type Test<T> = (request: string) => T;

export class FakeApi {
  readonly campaigns = new Map<string, Kept>();
  /** Requests that arrived, in order. */
  readonly seen: string[] = [];
  /** Connections are refused. */
  isShut = false;
  isSignedIn = true;
  findings: Schemas["FindingView"][] = [];
  suppressions: Schemas["SuppressionView"][] = [LEFT];
  sessions: Schemas["BrowserSessionView"][] = [OWN_SESSION];
  restoration: Schemas["RestorationView"] = NOT_RESTORED;
  heldLeads: Schemas["HeldLeadView"][] = [];
  removals: Schemas["SuppressionRemovalView"][] = [];
  /** The response instead of the API's; null: the API answers. */
  answer: (request: string, query: URLSearchParams) => Reply | null = () => null;
  /** The API carries out the request, but its response does not arrive. */
  losesAnswer: Test<boolean> = () => false;
  lagMs: Test<number> = () => 0;

  constructor() {
    this.keep({ campaign_id: DRAFT_ID, name: "Autumn offer" }, START);
    const live = { campaign_id: LIVE_ID, name: "Spring welcome", status: "running", version: 1 };
    const leads = [leadOf(1), leadOf(2)];
    const kept = this.keep(live, FLOW);
    kept.leads = leads;
    kept.audience = leads.map((it) => contactOf(it.seq, it));
  }

  keep(over: Partial<Schemas["CampaignView"]>, draft: Flow, contacts = 0): Kept {
    const kept = { campaign: campaignOf(over), draft, contacts, audience: [], leads: [] };
    this.campaigns.set(kept.campaign.campaign_id, kept);
    return kept;
  }

  /** The ids of the nodes of a stored draft. */
  nodesOf(campaignId: string): string[] {
    const nodes = (this.campaigns.get(campaignId)?.draft.nodes ?? []) as { id: string }[];
    return nodes.map((it) => it.id).sort();
  }

  /** How often this was requested. */
  count(request: string | RegExp): number {
    return this.seen.filter((it) => (request instanceof RegExp ? request.test(it) : request === it))
      .length;
  }

  async reply(method: string, address: string, sent: string, ifMatch: string | null) {
    const { pathname: path, searchParams: query } = new URL(address, "http://localhost");
    const request = `${method} ${path}`;
    if (this.isShut) {
      throw new TypeError("Failed to fetch");
    }
    this.seen.push(request);
    const reply =
      this.answer(request, query) ?? this.own(request, { path, query, body: read(sent), ifMatch });
    const lagMs = this.lagMs(request);
    if (lagMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, lagMs));
    }
    if (this.losesAnswer(request)) {
      throw new TypeError("Failed to fetch");
    }
    return reply;
  }

  private own(request: string, asked: Asked): Reply {
    if (request === "POST /api/v1/session") {
      const { token } = asked.body as { token: string };
      this.isSignedIn = token === TOKEN;
      return this.isSignedIn
        ? json({ token_name: "ebk_EndToEnd", session_id: OWN_SESSION.session_id })
        : refused(401, "unauthorized", "This API token is invalid or has been revoked");
    }
    if (!this.isSignedIn) {
      return refused(401, "unauthorized", "Sign in first.");
    }
    for (const [pattern, respond] of this.routes) {
      const match = pattern.exec(request);
      if (match) {
        return respond(asked, match[1] ?? "", match[2] ?? "");
      }
    }
    return refused(404, "not_found", `There is no ${request}.`);
  }

  private choose({ lead_ids, choice }: Schemas["HeldLeadsChoice"]): Reply {
    this.heldLeads = this.heldLeads.map((it) =>
      lead_ids.includes(it.lead_id) ? { ...it, choice } : it,
    );
    return { status: 204, type: "", body: "" };
  }

  /** The sweep that goes through the leads comes with the next request. */
  private release({ choice }: Schemas["Release"]): Reply {
    const releasing = { ...this.restoration, state: "releasing" as const, choice };
    this.restoration = { ...releasing, state: "over", is_held: false, leads_skipped: 1 };
    return { ...json(releasing), status: 202 };
  }

  private readonly routes: [RegExp, (asked: Asked, id: string, part: string) => Reply][] = [
    [/^GET \/api\/v1\/session$/, () => json({ token_name: "ebk_EndToEnd" })],
    [/^GET \/api\/v1\/restoration$/, () => json(this.restoration)],
    [
      /^GET \/api\/v1\/restoration\/leads$/,
      () => json({ leads: this.heldLeads, next_cursor: null }),
    ],
    [
      /^POST \/api\/v1\/restoration\/choices$/,
      ({ body }) => this.choose(body as Schemas["HeldLeadsChoice"]),
    ],
    [
      /^POST \/api\/v1\/restoration\/release$/,
      ({ body }) => this.release(body as Schemas["Release"]),
    ],
    [/^GET \/api\/v1\/overview$/, () => json(OVERVIEW)],
    [/^GET \/api\/v1\/system$/, () => json(SYSTEM)],
    [/^POST \/api\/v1\/validate$/, () => json({ valid: true, findings: this.findings })],
    [/^GET \/api\/v1\/campaigns$/, ({ query }) => this.list(query.get("status"))],
    [/^POST \/api\/v1\/campaigns$/, ({ body }) => this.create(body as Flow)],
    [/^GET \/api\/v1\/campaigns\/([^/]+)$/, (_, id) => this.of(id, (it) => this.whole(it))],
    [
      /^PATCH \/api\/v1\/campaigns\/([^/]+)$/,
      ({ body }, id) =>
        this.of(id, (it) => {
          const revision = it.campaign.revision + 1;
          it.campaign = { ...it.campaign, ...(body as Partial<typeof it.campaign>), revision };
          return json(it.campaign, revisionOf(it));
        }),
    ],
    [
      /^PUT \/api\/v1\/campaigns\/([^/]+)\/flow$/,
      ({ body, ifMatch }, id) => this.of(id, (it) => this.save(it, body as Flow, ifMatch)),
    ],
    [
      /^POST \/api\/v1\/campaigns\/([^/]+)\/validate$/,
      (_, id) => this.of(id, () => json({ valid: true, findings: this.findings })),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/versions\/1$/,
      (_, id) =>
        this.of(id, (it) =>
          json({ campaign_id: id, version: 1, flow: it.draft, published_at: "" }),
        ),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/live$/,
      (_, id) =>
        this.of(id, ({ campaign, leads }) =>
          json({
            revision: 2,
            status: campaign.status,
            pause_reason: campaign.pause_reason,
            changed: countsOf(leads.length),
            versions: [],
            older_leads: 0,
          }),
        ),
    ],
    [
      /^POST \/api\/v1\/campaigns\/([^/]+)\/launch$/,
      (_, id) =>
        this.of(id, (it) => {
          it.campaign = { ...it.campaign, status: "running", version: 1 };
          return json({ campaign: it.campaign, job: importJob(id, 0) }, revisionOf(it));
        }),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/leads$/,
      ({ query }, id) => this.of(id, (it) => this.leads(it, query)),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/leads\/([^/]+)$/,
      (_, id, leadId) => this.ofLead(id, leadId, json),
    ],
    [
      /^POST \/api\/v1\/campaigns\/([^/]+)\/leads\/([^/]+)\/skip-wait$/,
      ({ body }, id, leadId) =>
        this.ofLead(id, leadId, (lead) =>
          (body as { revision: number }).revision === lead.revision
            ? json(lead)
            : refused(
                409,
                "changed_meanwhile",
                "The lead has changed since you loaded it: reload it.",
              ),
        ),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/jobs$/,
      (_, id) => this.of(id, ({ contacts }) => json({ jobs: [importJob(id, contacts)] })),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/jobs\/i-1$/,
      (_, id) => this.of(id, ({ contacts }) => json(importJob(id, contacts))),
    ],
    [
      /^POST \/api\/v1\/campaigns\/([^/]+)\/contacts\/preview$/,
      ({ body }, id) =>
        this.of(id, () => json(previewOf(String(body).trim().split("\n").slice(1)))),
    ],
    [
      /^POST \/api\/v1\/campaigns\/([^/]+)\/contacts$/,
      ({ body }, id) =>
        this.of(id, (it) => {
          it.contacts += String(body).trim().split("\n").length - 1;
          return { ...json(importJob(id, it.contacts)), status: 202 };
        }),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/contacts$/,
      ({ query }, id) =>
        this.of(id, ({ audience, contacts }) =>
          json({
            contacts: audience.filter((it) => it.email.startsWith(query.get("email") ?? "")),
            total: Math.max(audience.length, contacts),
            next_after_seq: null,
          } satisfies Schemas["ContactPage"]),
        ),
    ],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/contacts\/(\d+)$/,
      (_, id, seq) => this.ofContact(id, seq, json),
    ],
    [
      /^PATCH \/api\/v1\/campaigns\/([^/]+)\/contacts\/(\d+)$/,
      ({ body }, id, seq) =>
        this.ofContact(id, seq, (it) => {
          const { revision, email, attributes, accepts } = body as Schemas["ContactChange"];
          const refusal = refusedContact(it, revision, accepts ?? []);
          if (!refusal) {
            Object.assign(it.attributes, attributes);
            it.email = email ?? it.email;
            it.revision += 1;
          }
          return refusal ?? json(it);
        }),
    ],
    [
      /^DELETE \/api\/v1\/campaigns\/([^/]+)\/contacts\/(\d+)$/,
      ({ query }, id, seq) =>
        this.ofContact(id, seq, (it) => {
          const revision = Number(query.get("revision"));
          const refusal = refusedContact(it, revision, query.getAll("accepts"));
          const kept = this.campaigns.get(id);
          if (!refusal && kept) {
            kept.audience = kept.audience.filter((other) => other !== it);
          }
          return refusal ?? { ...json(null), status: 204 };
        }),
    ],
    [/^GET \/api\/v1\/campaigns\/([^/]+)\/results$/, (_, id) => this.of(id, () => json(RESULTS))],
    [
      /^GET \/api\/v1\/campaigns\/([^/]+)\/results\/over-time$/,
      ({ query }, id) => this.of(id, () => json({ ...OVER_TIME, unit: query.get("unit") })),
    ],
    [/^GET \/api\/v1\/sessions$/, () => json({ sessions: this.sessions })],
    [
      /^DELETE \/api\/v1\/sessions\/([^/]+)$/,
      (_, id) => {
        this.sessions = this.sessions.filter((it) => it.session_id !== id);
        return { ...json(null), status: 204 };
      },
    ],
    [
      /^POST \/api\/v1\/sessions\/revoke-others$/,
      () => {
        const revoked = this.sessions.filter((it) => !it.is_current).length;
        this.sessions = this.sessions.filter((it) => it.is_current);
        return json({ revoked });
      },
    ],
    [
      /^GET \/api\/v1\/suppressions$/,
      ({ query }) => {
        const found = (it: Schemas["SuppressionView"]) =>
          it.email.startsWith(query.get("search") ?? "");
        return json({ suppressions: this.suppressions.filter(found), next_after: null });
      },
    ],
    [
      /^GET \/api\/v1\/suppressions\/removals$/,
      () => json({ removals: this.removals, next_before: null }),
    ],
    [/^POST \/api\/v1\/suppressions$/, ({ body }) => this.suppress(body as { email: string })],
    [
      /^POST \/api\/v1\/suppressions\/import$/,
      ({ body }) => {
        const rows = String(body).trim().split("\n");
        const isGood = (it: string) => it.includes("@");
        for (const email of rows.filter(isGood)) {
          this.suppress({ email });
        }
        const problems = rows
          .map((raw, place) => ({ line: place + 1, code: "address_invalid", raw }))
          .filter((it) => !isGood(it.raw))
          .map((it) => ({ ...it, message: "The address has no @." }));
        const added = rows.length - problems.length;
        return json({ added, known: 0, rejected: problems.length, problems });
      },
    ],
    [
      /^POST \/api\/v1\/suppressions\/remove$/,
      ({ body }) => {
        const { email, reason } = body as { email: string; reason: string };
        const was = this.suppressions.find((it) => it.email === email);
        if (!was) {
          return refused(404, "not_found", `There is no suppression of ${email}.`);
        }
        this.suppressions = this.suppressions.filter((it) => it !== was);
        const removal = { email, at: was.at, reason, was: was.reason, since: was.at };
        this.removals = [removal, ...this.removals];
        return json(removal);
      },
    ],
    [
      /^GET \/inbox\/api\/messages$/,
      ({ query }) => {
        const recipient = query.get("recipient");
        const messages = MAILS.filter((it) => !recipient || it.rcpt_to.includes(recipient));
        return json({ messages, next_cursor: null, total: MAILS.length });
      },
    ],
    [
      /^GET \/inbox\/api\/messages\/(\d+)$/,
      (_, id) => json(MAILS.find((it) => it.id === Number(id)) ?? null),
    ],
  ];

  private suppress({ email, source = "" }: { email: string; source?: string }): Reply {
    if (!email.includes("@")) {
      return refused(422, "invalid", "The address has no @.");
    }
    const stored = { ...LEFT, email, source, reason: "by_hand" as const, campaign_id: null };
    this.suppressions = [...this.suppressions.filter((it) => it.email !== email), stored];
    return json(stored);
  }

  private list(status: string | null): Reply {
    const campaigns = [...this.campaigns.values()]
      .filter((it) => !status || it.campaign.status === status)
      .map(({ campaign, leads }) => ({
        ...campaign,
        leads: { paused: leads.length },
        sends_by_day: Array(14).fill(0),
        opened: rateOf(1, 2),
        clicked: rateOf(0, 2),
      }));
    return json({ campaigns, next_cursor: null } satisfies Schemas["CampaignPage"]);
  }

  private create({ name, nodes, connections }: Flow): Reply {
    const campaign_id = `c-new-${this.campaigns.size}`;
    const made = this.keep(
      { campaign_id, name: String(name) },
      {
        nodes: nodes ?? START.nodes,
        connections: connections ?? [],
      },
    );
    const saved = { ...made.campaign, draft: made.draft, is_published: false, findings: [] };
    return { ...json(saved, revisionOf(made)), status: 201 };
  }

  private whole(it: Kept): Reply {
    const read: Schemas["CampaignRead"] = {
      ...it.campaign,
      draft: it.draft,
      is_published: it.campaign.version > 0,
      counts: countsOf(it.leads.length),
    };
    return json(read, revisionOf(it));
  }

  private save(it: Kept, draft: Flow, ifMatch: string | null): Reply {
    if (ifMatch !== revisionOf(it)) {
      const detail = "The campaign has changed since you loaded it: reload it.";
      return refused(412, "changed_meanwhile", detail);
    }
    it.draft = draft;
    it.campaign = { ...it.campaign, revision: it.campaign.revision + 1 };
    const findings = this.findings;
    const saved: Schemas["CampaignSaved"] = {
      ...it.campaign,
      draft,
      is_published: false,
      findings,
    };
    return json(saved, revisionOf(it));
  }

  private leads({ leads }: Kept, query: URLSearchParams): Reply {
    const [status, node, email] = [query.getAll("status"), query.get("node"), query.get("email")];
    const isOfMetric = query.has("metric");
    const found = leads.filter(
      (it) =>
        (status.length === 0 || status.includes(it.status)) &&
        (!node || isOfMetric || it.current_node === node) &&
        it.email.startsWith(email ?? "") &&
        it.seq > Number(query.get("after_seq") ?? 0),
    );
    const page: Schemas["LeadPage"] = { leads: found, next_after_seq: null, next_after: null };
    return json(page);
  }

  private of(id: string, respond: (it: Kept) => Reply): Reply {
    const kept = this.campaigns.get(id);
    return kept ? respond(kept) : refused(404, "not_found", `There is no campaign ${id}.`);
  }

  private ofContact(
    id: string,
    seq: string,
    respond: (it: Schemas["ContactRead"]) => Reply,
  ): Reply {
    return this.of(id, ({ audience }) => {
      const contact = audience.find((it) => it.seq === Number(seq));
      return contact ? respond(contact) : refused(404, "not_found", `There is no contact ${seq}.`);
    });
  }

  private ofLead(id: string, leadId: string, respond: (it: Schemas["LeadRead"]) => Reply): Reply {
    return this.of(id, ({ leads }) => {
      const lead = leads.find((it) => it.lead_id === leadId);
      return lead ? respond(lead) : refused(404, "not_found", `There is no lead ${leadId}.`);
    });
  }
}

export const TOKEN = "ebk_EndToEnd_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

function revisionOf({ campaign }: Kept): string {
  return `"${campaign.revision}"`;
}

/** null: it may be changed or deleted. */
function refusedContact(
  contact: Schemas["ContactRead"],
  revision: number,
  accepts: readonly string[],
): Reply | null {
  if (revision !== contact.revision) {
    const detail = "The contact has changed since you loaded it: reload it.";
    return refused(409, "changed_meanwhile", detail);
  }
  return contact.lead?.is_under_way && !accepts.includes("under_way")
    ? refused(409, "under_way", "The contact is on its way through the campaign.")
    : null;
}

function read(sent: string): unknown {
  try {
    return JSON.parse(sent);
  } catch {
    return sent;
  }
}
