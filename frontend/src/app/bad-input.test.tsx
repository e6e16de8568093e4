/** Campaigns that are too large, broken, foreign, or not campaigns at all. */
import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { DRAFT_ID, problemOf } from "@/testing/fake-answers";
import { json, refused } from "@/testing/fake-reply";
import { address, elapse, fakeSystem, key, openPage, PAGES, press, type } from "@/testing/pages";

const system = fakeSystem();

const LOADED_MS = 2_000;
const TOO_LARGE =
  "A flow has at most 2000 nodes, this one has 2001: split it into several campaigns.";

function findingOf(message: string, node_id: string | null = null) {
  return { severity: "error" as const, code: "bad_node", node_id, field: null, message };
}

async function importing() {
  openPage("/campaigns?open=import");
  const dialog = within(await screen.findByRole("dialog", { name: "Import a campaign" }));
  return {
    dialog,
    field: dialog.getByLabelText("JSON"),
    act: () => dialog.getByRole<HTMLButtonElement>("button", { name: /^Import as a draft/ }),
  };
}

const card = (id: string) => document.querySelector<HTMLElement>(`[data-card="${id}"]`);

describe("an import", () => {
  it.each(["{", "3", '"words"', "[1, 2]", "null", "<html></html>", "{}"])(
    "refuses what is no campaign: %s",
    async (text) => {
      const { field, act } = await importing();
      type(field, text);
      await elapse(LOADED_MS);
      expect(field.getAttribute("aria-invalid")).toBe("true");
      expect(act().disabled).toBe(true);
      expect(system.api.count("POST /api/v1/validate")).toBe(0);
    },
  );

  it("shows what the API finds wrong with it", async () => {
    system.api.findings = [findingOf(TOO_LARGE)];
    const { dialog, field, act } = await importing();
    type(field, JSON.stringify({ name: "Too much", nodes: [] }));
    await elapse(LOADED_MS);
    const wrong = within(dialog.getByRole("list", { name: "Problems" }));
    wrong.getByText(TOO_LARGE);
    expect(act().textContent).toBe("Import as a draft to fix");
  });

  it("shows field by field what the API cannot read, and imports nothing", async () => {
    const message = "connections input should be a valid list.";
    const problem = problemOf(422, "invalid", message);
    const errors = [{ field: "connections", code: "list_type", message }];
    system.api.answer = (request) =>
      request.endsWith("/validate") ? { ...json({ ...problem, errors }), status: 422 } : null;
    const { dialog, field, act } = await importing();
    type(field, JSON.stringify({ nodes: [], connections: {} }));
    await elapse(LOADED_MS);
    within(dialog.getByRole("list", { name: "Problems" })).getByText(message);
    expect(act().disabled).toBe(true);
  });

  it("turns half a campaign from another program into a draft to fix", async () => {
    system.api.findings = [findingOf("type must be one of start, sendEmail", "1f2e")];
    const { field, act } = await importing();
    const nodes = [
      { parameters: {}, id: "1f2e", name: "Webhook", type: "base.webhook", position: [240, 300] },
      { parameters: { to: "a@b" }, name: "Send", type: "base.emailSend", position: "left" },
      7,
    ];
    type(field, JSON.stringify({ name: "My workflow", nodes, connections: [], settings: null }));
    await elapse(LOADED_MS);
    press(act());
    await elapse(LOADED_MS);
    expect(address()).toBe("/app/campaigns/c-new-2");
    screen.getByRole("region", { name: "Repairs" });
    expect(card("1f2e")?.textContent).toContain("Unknown node type");
    expect(system.said).toEqual([]);
  });
});

describe("the builder", () => {
  it("says what the API refuses, does not insist, and saves after an undo", async () => {
    openPage(PAGES.builder.path);
    await elapse(LOADED_MS);
    system.api.answer = (request) =>
      request.startsWith("PUT") ? refused(422, "flow_invalid", TOO_LARGE) : null;
    press(within(screen.getByRole("region", { name: "Palette" })).getByText("Wait"));
    await elapse(60_000);
    screen.getByText(`Not saved: ${TOO_LARGE}`);
    expect(system.api.count(/^PUT/)).toBe(1);
    system.api.answer = () => null;
    key("z", { ctrlKey: true });
    await elapse(LOADED_MS);
    screen.getByText("Saved");
    expect(system.api.nodesOf(DRAFT_ID)).toEqual(["start"]);
  });

  it("opens a broken and foreign flow, and lists the repairs", async () => {
    system.api.keep(
      { campaign_id: "c-broken", name: "שלום 🌷 מבצע אביב" },
      {
        nodes: [
          { id: "start", type: "start" },
          { id: "start", type: "wait" },
          { id: "robot", type: "askTheOracle", configuration: { mode: 3 } },
          { id: "mail", type: "sendEmail", configuration: { subject: "مرحبا 👋", body: 7 } },
        ],
        connections: [
          { from_node: "start", to_node: "robot" },
          { from_node: "robot", to_node: "nowhere" },
          { from_node: "start", to_node: "mail", from_port: "yes" },
        ],
      },
    );
    system.api.findings = [findingOf("type must be one of …, not 'askTheOracle'.", "robot")];
    openPage("/campaigns/c-broken");
    await elapse(LOADED_MS);
    within(screen.getByRole("region", { name: "Repairs" })).getByText(/repairs?$/);
    expect(card("robot")?.textContent).toContain("Unknown node type");
    press(screen.getByRole("button", { name: "1 problem" }));
    await elapse(LOADED_MS);
    const wrong = within(screen.getByRole("dialog", { name: "Problems of the flow" }));
    press(wrong.getByRole("button", { name: /askTheOracle/ }));
    await elapse(LOADED_MS);
    expect(document.activeElement).toBe(card("robot"));
    expect(system.api.count(/^PUT/)).toBe(0);
    expect(system.said).toEqual([]);
  });

  it("says that a flow is too large for a picture", async () => {
    const waits = Array.from({ length: 600 }, (_, place) => ({ id: `w${place}`, type: "wait" }));
    const nodes = [{ id: "start", type: "start" }, ...waits];
    system.api.keep({ campaign_id: "c-long", name: "Long" }, { nodes, connections: [] });
    openPage("/campaigns/c-long");
    await elapse(LOADED_MS);
    press(screen.getByRole("button", { name: "More" }));
    press(await screen.findByRole("menuitem", { name: "Export as picture" }));
    await screen.findByText(/can have up to 600 nodes, and this flow has 601/);
  });
});
