/** A page's address contains what it shows: a reload or a link shows the same again. */
import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { DRAFT_ID, LIVE_ID, leadOf } from "@/testing/fake-answers";
import { address, elapse, fakeSystem, openPage, PAGES, press, reload, type } from "@/testing/pages";

const system = fakeSystem();

const LOADED_MS = 2_000;

/** A reload shows the same under the same address. */
async function survives(isShown: () => void): Promise<void> {
  await elapse(LOADED_MS);
  isShown();
  const before = address();
  reload();
  await elapse(LOADED_MS);
  isShown();
  expect(address()).toBe(before);
}

const missing = (name: string) => expect(screen.queryByText(name), name).toBeNull();

describe("an address restores a list", () => {
  it("campaigns: search and status", async () => {
    for (const name of ["Needle one", "Needle two", "Hay"]) {
      system.api.keep({ campaign_id: name, name }, { nodes: [], connections: [] });
    }
    system.api.keep(
      { campaign_id: "c-run", name: "Needle that runs", status: "running" },
      { nodes: [], connections: [] },
    );
    openPage("/campaigns");
    await elapse(LOADED_MS);
    type(screen.getByRole("searchbox"), "needle");
    press(screen.getByRole("button", { name: "Draft" }));
    await survives(() => {
      screen.getByText("Needle one");
      screen.getByText("Needle two");
      missing("Hay");
      missing("Needle that runs");
      expect(address()).toBe("/app/campaigns?search=needle&status=draft");
    });
  });

  it("leads: status, node and address", async () => {
    const live = system.api.campaigns.get(LIVE_ID);
    const elsewhere = { ...leadOf(3), email: "reader1@other.example", current_node: "welcome" };
    live?.leads.push(elsewhere, { ...leadOf(4), email: "reader1@done.example", status: "failed" });
    openPage(PAGES.leads.path);
    await elapse(LOADED_MS);
    press(screen.getByRole("button", { name: /^Waiting/ }));
    fireEvent.change(screen.getByLabelText("Node"), { target: { value: "pause" } });
    type(screen.getByLabelText("Addresses that begin with"), "reader1");
    await survives(() => {
      screen.getByText("reader1@example.com");
      expect(screen.getAllByRole("row")).toHaveLength(2);
      expect(screen.getByLabelText<HTMLSelectElement>("Node").value).toBe("pause");
      expect(address()).toMatch(/status=paused&node=pause&email=reader1$/);
    });
  });

  it("live: the leads of a metric, one lead's path, and back", async () => {
    openPage(PAGES.live.path);
    await elapse(LOADED_MS);
    press(screen.getByRole("link", { name: "2 leads sent" }));
    const panel = () => within(screen.getByRole("complementary", { name: "Leads of this metric" }));
    await survives(() => {
      panel().getByText("reader1@example.com");
      expect(address()).toMatch(/\?node=welcome&metric=sent$/);
    });
    const name = "Show the path of reader1@example.com on the canvas";
    press(panel().getByRole("link", { name }));
    await survives(() => {
      expect(screen.getByText(/^The path of/).textContent).toContain("reader1@example.com");
      expect(address()).toMatch(/\?lead=lead_1$/);
    });
  });

  it("live: a bookmark of an older version", async () => {
    openPage(`${PAGES.live.path}?node=welcome&behind=sent`);
    await elapse(LOADED_MS);
    within(screen.getByRole("complementary", { name: "Leads of this metric" })).getByText(
      "reader1@example.com",
    );
  });

  it("inbox: recipient and open mail", async () => {
    openPage("/inbox");
    await elapse(LOADED_MS);
    const recipient = () => screen.getByLabelText<HTMLInputElement>("Recipient");
    type(recipient(), "reader2@example.com");
    fireEvent.submit(recipient());
    await elapse(LOADED_MS);
    const mails = () =>
      within(screen.getByRole("list", { name: "E-mails" })).getAllByRole("button");
    press(mails()[0] as HTMLElement);
    await survives(() => {
      expect(mails()).toHaveLength(1);
      within(screen.getByRole("article")).getByText("reader2@example.com");
      expect(recipient().value).toBe("reader2@example.com");
    });
  });

  it("import: its result", async () => {
    openPage(PAGES.import.path);
    await elapse(LOADED_MS);
    type(screen.getByLabelText(/^Or paste rows/), "email\nlate@found.example\n");
    press(screen.getByRole("button", { name: "Check these rows" }));
    await elapse(LOADED_MS);
    press(screen.getByRole("button", { name: "Import 1 contact" }));
    await survives(() => {
      screen.getByRole("heading", { name: "1 contact imported" });
      expect(address()).toBe(`/app/campaigns/${DRAFT_ID}/import?job=i-1`);
    });
  });
});

it.each([
  ["/campaigns/%E0%A4%A", "This campaign does not exist"],
  ["/campaigns/c-nothing/leads", "This campaign does not exist"],
  ["/campaigns/c-nothing/leads/lead_nothing", "This lead does not exist"],
])("an unknown address shows that the page does not exist: %s", async (path, text) => {
  openPage(path);
  await elapse(LOADED_MS);
  screen.getByRole("heading", { name: text });
  expect(system.said).toEqual([]);
});
