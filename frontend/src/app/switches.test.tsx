/** Switching nodes off by key, button and palette, and what the interface says about them. */
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { elapse, fakeSystem, key, openPage, press } from "@/testing/pages";

const system = fakeSystem();

const SAVED_MS = 2_000;

const mail = (id: string, subject: string) => ({
  id,
  type: "sendEmail",
  configuration: { subject, body: "<p>Good day</p>" },
});

const FLOW = {
  nodes: [
    { id: "start", type: "start" },
    mail("welcome", "Welcome"),
    { id: "pause", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
    {
      id: "opened",
      type: "condition",
      configuration: {
        mode: "behaviour",
        event: "opened",
        email_node: "welcome",
        within: { amount: 2, unit: "days" },
      },
    },
    mail("thanks", "Thank you"),
    mail("news", "News"),
    { id: "end", type: "end" },
  ],
  connections: [
    { from_node: "start", to_node: "welcome" },
    { from_node: "welcome", to_node: "pause" },
    { from_node: "pause", to_node: "opened" },
    { from_node: "opened", from_port: "yes", to_node: "thanks" },
    { from_node: "opened", from_port: "no", to_node: "news" },
    { from_node: "thanks", to_node: "end" },
    { from_node: "news", to_node: "end" },
  ],
};

async function open(): Promise<void> {
  system.api.keep({ campaign_id: "c-switch", name: "Switches" }, FLOW, 1);
  openPage("/campaigns/c-switch");
  await elapse(SAVED_MS);
}

function card(id: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-card="${id}"]`);
  if (!found) {
    throw new Error(`there is no card ${id}`);
  }
  return found;
}

/** By keyboard, because the canvas library handles presses on cards and needs a real browser. */
async function choose(id: string): Promise<void> {
  key("Escape");
  card(id).focus();
  key("ArrowDown");
  await elapse(100);
}

/** The switched-off nodes of the draft in the API, once everything is saved. */
async function off(): Promise<string[]> {
  await elapse(SAVED_MS);
  screen.getByText("Saved");
  const nodes = system.api.campaigns.get("c-switch")?.draft.nodes as {
    id: string;
    disabled?: boolean;
  }[];
  return nodes.filter((it) => it.disabled).map((it) => it.id);
}

const nameOf = (id: string) => card(id).getAttribute("aria-label");
const switchOn = () =>
  within(screen.getByRole("complementary", { name: "Inspector" })).queryByRole("button", {
    name: "Switch on",
  });

it("one key switches the selection off, and each switch is one undo step", async () => {
  await open();
  await choose("welcome");
  key("d");
  expect(await off()).toEqual(["welcome"]);
  expect(nameOf("welcome")).toMatch(/Switched off/);
  expect(card("welcome").textContent).toContain("Off");
  key("z", { ctrlKey: true });
  expect(await off()).toEqual([]);
  expect(nameOf("welcome")).not.toMatch(/Switched off/);

  key("a", { ctrlKey: true });
  key("d");
  expect(await off()).toEqual(["welcome", "pause", "thanks", "news"]);
  key("z", { ctrlKey: true });
  expect(await off()).toEqual([]);
  key("z", { ctrlKey: true, shiftKey: true });
  press(switchOn() as HTMLElement);
  expect(await off()).toEqual([]);
});

it("says what cannot be switched off", async () => {
  await open();
  await choose("end");
  expect(switchOn()).toBeNull();
  key("d");
  await screen.findByText("Only e-mails and waits can be switched off");
  expect(await off()).toEqual([]);
});

it("the command palette switches the selection off", async () => {
  await open();
  await choose("pause");
  key("k", { ctrlKey: true });
  press(await screen.findByRole("option", { name: /^Switch off the selection/ }));
  expect(await off()).toEqual(["pause"]);
});

it("a copy of a switched-off node is switched off", async () => {
  await open();
  await choose("pause");
  key("d");
  key("d", { ctrlKey: true });
  expect(await off()).toEqual(["pause", "pause-1"]);
  expect(nameOf("pause-1")).toMatch(/Switched off/);
});

it("the launch names the first e-mail that is not switched off, and the API's warnings", async () => {
  await open();
  await choose("welcome");
  key("a", { ctrlKey: true });
  key("d");
  await choose("news");
  const message = "opened asks about welcome, but welcome is switched off.";
  system.api.findings = [
    { severity: "warning", code: "asks_about_off", node_id: "opened", field: null, message },
  ];
  press(switchOn() as HTMLElement);
  expect(await off()).toEqual(["welcome", "pause", "thanks"]);
  screen.getByRole("button", { name: "1 warning" });
  press(screen.getByRole("button", { name: "Launch …" }));
  const dialog = within(await screen.findByRole("dialog"));
  const first = await dialog.findByText("immediately");
  expect(first.closest("li")?.textContent).toContain("News");
  await dialog.findByText(message);
  const launch = dialog.getByRole("button", { name: "Launch to 1 contact" });
  expect(launch).toHaveProperty("disabled", true);
  press(dialog.getByRole("checkbox", { name: "Launch with these warnings" }));
  expect(launch).toHaveProperty("disabled", false);
  press(launch);
  await elapse(SAVED_MS);
  screen.getByText("Running");
});
