import type { APIRequestContext } from "@playwright/test";
import { get, post } from "./system";

const FLOW = {
  nodes: [
    { id: "start", type: "start" },
    {
      id: "welcome",
      type: "sendEmail",
      configuration: {
        subject: "Welcome, {{contact.first_name}}",
        body: '<p>Hello {{contact.first_name}}, have a look at <a href="https://example.com/pricing">our pricing</a>.</p>',
      },
    },
    { id: "pause", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
    {
      id: "clicked",
      type: "condition",
      configuration: {
        mode: "behaviour",
        event: "clicked",
        email_node: "welcome",
        since: "sent",
        within: { amount: 4, unit: "days" },
      },
    },
    {
      id: "offer",
      type: "sendEmail",
      configuration: { subject: "An offer for you", body: "<p>Since you asked.</p>" },
    },
    { id: "end", type: "end", configuration: { reason: "finished" } },
  ],
  connections: [
    { from_node: "start", to_node: "welcome" },
    { from_node: "welcome", to_node: "pause" },
    { from_node: "pause", to_node: "clicked" },
    { from_node: "clicked", from_port: "yes", to_node: "offer" },
    { from_node: "clicked", from_port: "no", to_node: "end" },
    { from_node: "offer", to_node: "end" },
  ],
};

export const FIRST_NAMES = ["Ann", "Bo", "Chidi", "Dana", "Émile", "Fatima", "Goro", "שרה", "Ines"];

/** Creates a launched campaign with a few contacts, each with a first mail; returns its id. */
export async function launched(request: APIRequestContext, name: string): Promise<string> {
  const { campaign_id: id } = await post(request, "/campaigns", {
    name,
    ...FLOW,
    contacts: FIRST_NAMES.map((first_name, place) => ({
      email: `${name.toLowerCase().replaceAll(/[^a-z]/g, "-")}-${place}@example.com`,
      first_name,
    })),
    launch: true,
  });
  for (;;) {
    const { counts } = await get(request, `/campaigns/${id}`);
    if ((counts.nodes.pause?.waiting ?? 0) === FIRST_NAMES.length) {
      return id;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Every kind of page, by name; `set-up.ts` has created what they show. */
export const PAGE_NAMES = [
  "home",
  "campaigns",
  "builder",
  "live",
  "results",
  "leads",
  "lead",
  "import",
  "doNotContact",
  "inbox",
  "sessions",
  "system",
] as const;

export type PageName = (typeof PAGE_NAMES)[number];

export function pathOf(name: PageName): string {
  return JSON.parse(process.env.E2E_PAGES ?? "{}")[name];
}

/** Creates one of each kind; returns their paths. */
export async function pages(request: APIRequestContext): Promise<Record<PageName, string>> {
  const id = await launched(request, "Spring welcome");
  const connections = FLOW.connections.filter((it) => it.from_port !== "no");
  const draft = await post(request, "/campaigns", {
    name: "Autumn offer",
    nodes: FLOW.nodes,
    connections,
  });
  await post(request, "/suppressions", { email: "left@example.com", source: "asked by phone" });
  const { leads } = await get(request, `/campaigns/${id}/leads?limit=1`);
  return {
    home: "/app",
    campaigns: "/app/campaigns",
    builder: `/app/campaigns/${draft.campaign_id}`,
    live: `/app/campaigns/${id}`,
    results: `/app/campaigns/${id}?view=results`,
    leads: `/app/campaigns/${id}/leads`,
    lead: `/app/campaigns/${id}/leads/${leads[0].lead_id}`,
    import: `/app/campaigns/${id}/import`,
    doNotContact: "/app/do-not-contact",
    inbox: "/app/inbox",
    sessions: "/app/sessions",
    system: "/app/system",
  };
}
