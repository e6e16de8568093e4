/** What each page does while the API is down, failing, or not the API at all; and afterwards. */
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { problemOf } from "@/testing/fake-answers";
import { elapse, fakeSystem, openPage, PAGES, type PageName, press } from "@/testing/pages";

const system = fakeSystem();

/** A page asks three times, one and two seconds apart, before it says what is wrong. */
const ASKED_MS = 4_000;
/** Slightly longer than the interval at which a page checks whether the API is back. */
const LOOKS_MS = 10_000;

const BANNER = /^The server does not answer\. What you see may be out of date/;

function expectWhole(name: PageName): void {
  expect(screen.getAllByText(PAGES[name].text).length, name).toBeGreaterThan(0);
}

describe.each(Object.keys(PAGES) as PageName[])("the page %s", (name) => {
  const { path } = PAGES[name];

  it("stays as it is when nothing answers any more, says so, and recovers by itself", async () => {
    openPage(path);
    await elapse(ASKED_MS);
    expectWhole(name);
    system.api.isShut = true;
    await elapse(LOOKS_MS);
    screen.getByText(BANNER);
    expectWhole(name);
    screen.getByRole("heading", { level: 1 });
    system.api.isShut = false;
    await elapse(LOOKS_MS);
    expect(screen.queryByText(BANNER)).toBeNull();
    expectWhole(name);
    expect(screen.queryByRole("alert")).toBeNull();
    expect(system.said).toEqual([]);
  });

  it("recognises a proxy without a server behind it, and waits for the server", async () => {
    const away = { status: 502, type: "text/html", body: "<h1>502 Bad Gateway</h1>" };
    system.api.answer = () => away;
    openPage(path);
    await elapse(ASKED_MS);
    screen.getByText(BANNER);
    screen.getAllByText(/a proxy answered 502 in its place/);
    system.api.answer = () => null;
    await elapse(LOOKS_MS);
    expectWhole(name);
    expect(screen.queryByText(BANNER)).toBeNull();
    expect(system.said).toEqual([]);
  });

  it.each([
    [
      "with the API's own words",
      {
        status: 500,
        type: "application/problem+json",
        body: JSON.stringify(problemOf(500, "internal", "The store is being repaired.")),
      },
      "The store is being repaired.",
    ],
    [
      "with a page instead of words",
      { status: 500, type: "text/html", body: "<h1>Internal Server Error</h1>" },
      /^The server answered 500 without a reason\./,
    ],
    [
      "from somebody else altogether",
      { status: 200, type: "text/html", body: "<h1>Welcome to the hotel's network</h1>" },
      // The inbox cannot distinguish such a page from a system without an inbox.
      name === "inbox" ? /has no inbox of its own/ : /^Something other than this server answered/,
    ],
  ] as const)("tells an answer %s, and asks again", async (_, answer, text) => {
    system.api.answer = () => answer;
    openPage(path);
    await elapse(ASKED_MS);
    screen.getAllByText(text);
    system.api.answer = () => null;
    const again = screen.queryByRole("button", { name: "Try again" });
    if (again) {
      press(again);
    }
    await elapse(LOOKS_MS);
    if (!(name === "inbox" && answer.status === 200)) {
      expectWhole(name);
    }
    expect(system.said).toEqual([]);
  });

  it("says within its frame that it cannot be shown if an answer makes it throw", async () => {
    system.api.answer = () => ({ status: 200, type: "application/json", body: "{}" });
    openPage(path);
    await elapse(ASKED_MS);
    screen.getByRole("heading", { level: 1 });
    screen.getByRole("navigation", { name: "Main" });
    const broken = screen.queryByRole("heading", { name: "Something went wrong on this page" });
    expect(broken !== null).toBe(THROWING.has(name));
    system.api.answer = () => null;
    if (broken) {
      press(screen.getByRole("button", { name: "Try again" }));
      await elapse(ASKED_MS);
      expectWhole(name);
    }
  });
});

/** The other pages take such an answer to mean that nothing is there. */
const THROWING = new Set<PageName>([
  "home",
  "campaigns",
  "builder",
  "live",
  "results",
  "leads",
  "lead",
  "doNotContact",
  "system",
]);
