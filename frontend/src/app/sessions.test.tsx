/** The page of signed-in browsers: list, sign out one, sign out all others. */
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { OWN_SESSION } from "@/testing/fake-answers";
import { elapse, fakeSystem, openPage, PAGES, press } from "@/testing/pages";

const system = fakeSystem();

const LOADED_MS = 2_000;
const OTHER = {
  ...OWN_SESSION,
  session_id: "b".repeat(64),
  user_agent: "curl/8.5.0",
  address: "192.0.2.2",
  is_current: false,
};

const button = (name: string | RegExp) => screen.getByRole("button", { name });

async function opened(): Promise<void> {
  openPage(PAGES.sessions.path);
  await elapse(LOADED_MS);
}

it("signs out one browser after asking, and cannot sign out this one", async () => {
  system.api.sessions = [OWN_SESSION, OTHER, { ...OTHER, session_id: "c", address: "192.0.2.3" }];
  await opened();
  const own = screen.getByText("Firefox on Linux").closest("tr");
  expect(own && within(own).queryByRole("button")).toBeNull();
  press(button("Sign out curl/8.5.0, 192.0.2.2"));
  const dialog = within(await screen.findByRole("dialog"));
  press(dialog.getByRole("button", { name: "Sign out" }));
  await elapse(LOADED_MS);
  expect(system.api.sessions.map((it) => it.address)).toEqual(["192.0.2.1", "192.0.2.3"]);
  expect(screen.queryByText("192.0.2.2")).toBeNull();
  screen.getByText("192.0.2.3");
});

it("signs out all others, and offers it only if there are any", async () => {
  system.api.sessions = [OWN_SESSION, OTHER];
  await opened();
  press(button("Sign out all others"));
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText("Sign out 1 other browser?");
  press(dialog.getByRole("button", { name: "Sign out" }));
  await elapse(LOADED_MS);
  expect(system.api.sessions).toEqual([OWN_SESSION]);
  expect(screen.queryByRole("button", { name: "Sign out all others" })).toBeNull();
});

it("says why there are none while the server has no tokens", async () => {
  system.api.sessions = [];
  await opened();
  screen.getByText("Nobody needs to sign in");
});
