/** Where the focus is while a dialog is open over a page, and after it has closed. */
import { act, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { elapse, fakeSystem, key, openPage, PAGES, press } from "@/testing/pages";

fakeSystem();

const LOADED_MS = 2_000;

const button = (name: string | RegExp) => screen.getByRole("button", { name });

/** Dialogs and the names of the buttons that open them. */
const OPENERS = [
  ["a dialog", PAGES.campaigns.path, /^New/],
  ["a confirmation", PAGES.live.path, "Pause"],
  ["the command palette", PAGES.system.path, /^Search/],
] as const;

describe.each(OPENERS)("%s", (_, path, name) => {
  it("keeps the focus and returns it to its button", async () => {
    openPage(path);
    await elapse(LOADED_MS);
    const opener = button(name);
    press(opener);
    const dialog = await screen.findByRole("dialog");
    await elapse(LOADED_MS);
    expect(dialog.contains(document.activeElement)).toBe(true);
    act(() => opener.focus());
    await elapse(0);
    expect(dialog.contains(document.activeElement)).toBe(true);
    key("Escape");
    await elapse(0);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(opener);
  });
});

it("a dialog opened from a menu returns the focus to the menu's button", async () => {
  openPage(PAGES.live.path);
  await elapse(LOADED_MS);
  press(button("More"));
  press(await screen.findByRole("menuitem", { name: /^Cancel/ }));
  await screen.findByRole("dialog");
  await elapse(LOADED_MS);
  key("Escape");
  await elapse(0);
  expect(document.activeElement).toBe(button("More"));
});
