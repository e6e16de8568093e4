/** A store that was restored from a backup: the banner on every page, the leads, the decision. */
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { HELD, HELD_LEAD } from "@/testing/fake-answers";
import { address, elapse, fakeSystem, openPage, PAGES, press, type } from "@/testing/pages";

const system = fakeSystem();

const LOADED_MS = 2_000;
const HELD_TEXT = /restored from a backup and is held/;

const button = (name: string | RegExp) => screen.getByRole("button", { name });

async function opened(path: string): Promise<void> {
  openPage(path);
  await elapse(LOADED_MS);
}

it("says on every page that nothing is sent, and leads to the decision", async () => {
  system.api.restoration = HELD;
  await opened(PAGES.home.path);
  screen.getByText(HELD_TEXT);
  const link = screen.getByRole("link", { name: "Decide how to go on" });
  expect(link.getAttribute("href")).toMatch(/\/restored$/);
});

it("says nothing while nothing is held", async () => {
  await opened(PAGES.home.path);
  expect(screen.queryByText(HELD_TEXT)).toBeNull();
  await opened("/restored");
  screen.getByText("Nothing is held");
});

it("lists the leads in doubt, and takes a choice for one of them", async () => {
  system.api.restoration = HELD;
  system.api.heldLeads = [HELD_LEAD, { ...HELD_LEAD, lead_id: "lead_2", email: "two@example.com" }];
  await opened("/restored");
  expect(screen.getAllByTitle("Last call")).not.toHaveLength(0);
  const choice = screen.getByRole("combobox", {
    name: "What happens to the e-mails to two@example.com",
  });
  type(choice, "send");
  await elapse(LOADED_MS);
  expect(system.api.heldLeads.map((it) => it.choice)).toEqual([null, "send"]);
});

it("asks before it skips, and then says that everything runs again", async () => {
  system.api.restoration = HELD;
  system.api.heldLeads = [HELD_LEAD];
  await opened("/restored");
  press(button("Skip these e-mails"));
  const dialog = within(await screen.findByRole("dialog"));
  press(dialog.getByRole("button", { name: "Skip and go on" }));
  await elapse(LOADED_MS);
  expect(system.api.count("POST /api/v1/restoration/release")).toBe(1);
  screen.getByText(/Everything runs again. 1 lead has/);
  expect(screen.queryByText(HELD_TEXT)).toBeNull();
  expect(address()).toBe("/app/restored");
});

it("asks before it sends twice what may have left", async () => {
  system.api.restoration = HELD;
  await opened("/restored");
  press(button("Send these e-mails"));
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText(/readers get those twice/);
  press(dialog.getByRole("button", { name: "Not yet" }));
  await elapse(LOADED_MS);
  expect(system.api.count("POST /api/v1/restoration/release")).toBe(0);
  screen.getByText(/No lead may have been sent an e-mail/);
});
