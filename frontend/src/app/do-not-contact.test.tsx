/** The page of suppressed addresses: search, add, import, allow again with a reason. */
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { LEFT } from "@/testing/fake-answers";
import { address, elapse, fakeSystem, openPage, PAGES, press, type } from "@/testing/pages";

const system = fakeSystem();

const LOADED_MS = 2_000;

const button = (name: string | RegExp) => screen.getByRole("button", { name });

async function opened(): Promise<void> {
  openPage(PAGES.doNotContact.path);
  await elapse(LOADED_MS);
}

it("searches by the beginning of the address, and the address of the page keeps it", async () => {
  system.api.suppressions = [LEFT, { ...LEFT, email: "ann@example.com", source: "550 nobody" }];
  await opened();
  screen.getByText("550 nobody");
  type(screen.getByRole("searchbox"), "ann");
  await elapse(LOADED_MS);
  expect(screen.queryByText(LEFT.email)).toBeNull();
  expect(address()).toBe("/app/do-not-contact?search=ann");
  type(screen.getByRole("searchbox"), "zoe");
  await elapse(LOADED_MS);
  screen.getByText("No suppressed address begins with “zoe”.");
  press(button("Show all"));
  await elapse(LOADED_MS);
  screen.getByText(LEFT.email);
});

it("says what to do while no address is suppressed", async () => {
  system.api.suppressions = [];
  await opened();
  screen.getByText("No address is suppressed");
});

it("adds an address, or shows what is wrong with it", async () => {
  await opened();
  press(button("Add an address"));
  const dialog = within(await screen.findByRole("dialog"));
  type(dialog.getByLabelText("Address"), "nobody");
  press(dialog.getByRole("button", { name: "Suppress" }));
  await elapse(LOADED_MS);
  dialog.getByText("The address has no @.");
  type(dialog.getByLabelText("Address"), "ann@example.com");
  type(dialog.getByLabelText(/^Who asked/), "by phone");
  press(dialog.getByRole("button", { name: "Suppress" }));
  await elapse(LOADED_MS);
  expect(screen.queryByRole("dialog")).toBeNull();
  within(screen.getByRole("table")).getByText("ann@example.com");
  expect(system.api.suppressions.at(-1)?.source).toBe("by phone");
});

it("imports pasted addresses and names the rows that were left out", async () => {
  await opened();
  press(button("Import a list of addresses"));
  const dialog = within(await screen.findByRole("dialog"));
  type(dialog.getByLabelText(/^Or paste/), "ann@example.com\nnobody\n");
  press(dialog.getByRole("button", { name: "Suppress these" }));
  await elapse(LOADED_MS);
  dialog.getByText("1 address added, 0 known already, 1 left out");
  dialog.getByText(/^Line 2: The address has no @/);
  press(dialog.getAllByRole("button", { name: "Close" })[0] as HTMLElement);
  await elapse(LOADED_MS);
  screen.getByText("ann@example.com");
});

it("allows an address again only with a reason, which it shows afterwards", async () => {
  await opened();
  press(button(`Allow ${LEFT.email} again`));
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText(/^This reader unsubscribed\./);
  const allow = dialog.getByRole<HTMLButtonElement>("button", { name: "Allow again" });
  expect(allow.disabled).toBe(true);
  type(dialog.getByLabelText("Who asked for it, or why"), "She wrote to us");
  press(allow);
  await elapse(LOADED_MS);
  expect(screen.queryByRole("dialog")).toBeNull();
  screen.getByText("No address is suppressed");
  press(button("Allowed again"));
  await elapse(LOADED_MS);
  screen.getByText("She wrote to us");
  expect(address()).toBe("/app/do-not-contact?show=allowed");
});
