/** Unfinished work when the connection or the session ends, the campaign is deleted, or somebody
 * else is faster. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { DRAFT_ID, FLOW, LIVE_ID, leadOf } from "@/testing/fake-answers";
import { TOKEN } from "@/testing/fake-api";
import {
  address,
  elapse,
  fakeSystem,
  openPage,
  PAGES,
  press,
  pressTwice,
  type,
} from "@/testing/pages";

const system = fakeSystem();

/** Slightly longer than the pause after the last change before it is saved. */
const SAVED_MS = 2_000;
/** Longer than the saver waits between two attempts. */
const RETRIED_MS = 60_000;

async function building(): Promise<void> {
  openPage(PAGES.builder.path);
  await elapse(SAVED_MS);
  screen.getByText("Saved");
}

function add(kind: string): void {
  const palette = screen.getByRole("region", { name: "Palette" });
  press(within(palette).getByText(kind));
}

async function openMenu(name: string, item: string): Promise<void> {
  press(screen.getByRole("button", { name }));
  press(await screen.findByRole("menuitem", { name: item }));
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const nodes = () => system.api.nodesOf(DRAFT_ID);

describe("the builder", () => {
  it("keeps changes while nothing answers, and saves them when the connection is back", async () => {
    await building();
    system.api.isShut = true;
    add("Wait");
    await elapse(SAVED_MS);
    screen.getByText("Not saved: no answer. Retrying automatically");
    add("End");
    await elapse(SAVED_MS);
    system.api.isShut = false;
    await elapse(RETRIED_MS);
    screen.getByText("Saved");
    expect(nodes()).toEqual(["end-1", "start", "wait-1"]);
    expect(system.said).toEqual([]);
  });

  it("does not take a lost answer for a conflict with its own save", async () => {
    await building();
    system.api.losesAnswer = (request) => request.startsWith("PUT");
    add("Wait");
    await elapse(SAVED_MS);
    screen.getByText(/^Not saved: no answer/);
    expect(nodes()).toEqual(["start", "wait-1"]);
    add("Split");
    system.api.losesAnswer = () => false;
    await elapse(RETRIED_MS);
    screen.getByText("Saved");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(nodes()).toEqual(["split-1", "start", "wait-1"]);
  });

  it("waits for a failing server", async () => {
    await building();
    const trouble = { status: 500, type: "text/plain", body: "Internal Server Error" };
    system.api.answer = (request) => (request.startsWith("PUT") ? trouble : null);
    add("Wait");
    await elapse(SAVED_MS);
    screen.getByText(/^Not saved: no answer/);
    system.api.answer = () => null;
    await elapse(RETRIED_MS);
    screen.getByText("Saved");
    expect(nodes()).toEqual(["start", "wait-1"]);
  });

  it("loses nothing when the session ends: you sign in over the page", async () => {
    await building();
    const before = address();
    system.api.isSignedIn = false;
    add("Wait");
    await elapse(SAVED_MS);
    const dialog = within(screen.getByRole("dialog", { name: "You are signed out" }));
    press(dialog.getByRole("button", { name: "Not now" }));
    await elapse(0);
    screen.getByText("Not saved: you are signed out");
    add("End");
    await elapse(SAVED_MS);
    press(button("Sign in"));
    await elapse(0);
    const again = within(screen.getByRole("dialog", { name: "You are signed out" }));
    const token = again.getByLabelText("API token, or a sign-in link");
    type(token, "ebk_wrongone_0123456789abcdefghijklmnopqrstuvwxyz");
    press(again.getByRole("button", { name: "Sign in" }));
    await elapse(0);
    again.getByText("This API token is invalid or has been revoked");
    type(token, `http://localhost/app/sign-in#token=${TOKEN}`);
    press(again.getByRole("button", { name: "Sign in" }));
    // At once, not only with the next automatic attempt.
    await elapse(100);
    screen.getByText("Saved");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(address()).toBe(before);
    expect(nodes()).toEqual(["end-1", "start", "wait-1"]);
    expect(system.said).toEqual([]);
  });

  it("continues after signing in in another tab and coming back", async () => {
    await building();
    system.api.isSignedIn = false;
    add("Split");
    await elapse(SAVED_MS);
    screen.getByRole("dialog", { name: "You are signed out" });
    system.api.isSignedIn = true;
    window.dispatchEvent(new Event("focus"));
    // At once, not only with the next automatic attempt.
    await elapse(100);
    expect(screen.queryByRole("dialog")).toBeNull();
    await elapse(SAVED_MS);
    screen.getByText("Saved");
    expect(nodes()).toEqual(["split-1", "start"]);
  });

  it("offers to keep the flow of a campaign that is deleted meanwhile", async () => {
    await building();
    system.api.campaigns.delete(DRAFT_ID);
    add("Wait");
    await elapse(SAVED_MS);
    const name = "Autumn offer was deleted";
    within(screen.getByRole("dialog", { name })).getByText(/Its flow of 2 nodes is still in this/);
    press(button("Close"));
    await elapse(0);
    press(button("Keep it"));
    await elapse(0);
    press(button("Keep as a new draft"));
    await elapse(SAVED_MS);
    expect(address()).toBe("/app/campaigns/c-new-1");
    expect(screen.getByLabelText<HTMLInputElement>("Campaign name").value).toBe("Autumn offer");
    screen.getByText("Saved");
    expect(system.api.nodesOf("c-new-1")).toEqual(["start", "wait-1"]);
    expect(system.said).toEqual([]);
  });

  it("on return, shows what others have changed meanwhile, and can undo it", async () => {
    await building();
    const kept = system.api.campaigns.get(DRAFT_ID);
    if (!kept) {
      throw new Error("there is no draft");
    }
    kept.draft = FLOW;
    kept.campaign = { ...kept.campaign, name: "While you were away", revision: 7 };
    window.dispatchEvent(new Event("focus"));
    await elapse(100);
    const cards = () =>
      [...document.querySelectorAll<HTMLElement>("[data-card]")].map((it) => it.dataset.card);
    expect(cards()).toEqual(["start", "welcome", "pause"]);
    expect(screen.getByLabelText<HTMLInputElement>("Campaign name").value).toBe(
      "While you were away",
    );
    screen.getByText("Someone else changed this flow. Showing their version");
    press(button("Restore mine"));
    await elapse(SAVED_MS);
    expect(cards()).toEqual(["start"]);
    expect(nodes()).toEqual(["start"]);
  });
});

describe("pages of a deleted campaign", () => {
  it.each([
    ["live", "Spring welcome was deleted"],
    ["leads", "This campaign does not exist"],
    ["lead", "This lead does not exist"],
  ] as const)("the page %s says so by itself", async (name, text) => {
    openPage(PAGES[name].path);
    await elapse(SAVED_MS);
    if (name === "lead") {
      await openMenu("More actions", "Skip the wait …");
      await screen.findByRole("dialog");
    }
    system.api.campaigns.delete(LIVE_ID);
    await elapse(SAVED_MS);
    await screen.findByText(text);
    expect(screen.queryByRole("dialog") !== null).toBe(name === "live");
    expect(system.said).toEqual([]);
    if (name === "live") {
      press(button("Discard"));
      await elapse(SAVED_MS);
      screen.getByRole("heading", { name: "Campaigns", level: 1 });
    }
  });

  it("the import says so once there are rows", async () => {
    openPage(PAGES.import.path);
    await elapse(SAVED_MS);
    system.api.campaigns.delete(DRAFT_ID);
    type(screen.getByLabelText(/^Or paste rows/), "email\nann@vanishing.example\n");
    press(button("Check these rows"));
    await elapse(SAVED_MS);
    screen.getByRole("heading", { name: "This campaign does not exist" });
    expect(system.said).toEqual([]);
  });
});

it("an intervention based on an old view of a lead is refused", async () => {
  openPage(PAGES.lead.path);
  await elapse(SAVED_MS);
  await openMenu("More actions", "Skip the wait …");
  const dialog = within(await screen.findByRole("dialog"));
  // The page learns nothing new before the button is pressed.
  system.api.lagMs = (request) => (request.startsWith("GET") ? 4_000 : 0);
  system.api.campaigns.get(LIVE_ID)?.leads.splice(0, 1, { ...leadOf(1), revision: 3 });
  press(dialog.getByRole("button", { name: "Skip the wait" }));
  await screen.findByText("The lead has changed since you loaded it: reload it.");
});

describe("pressed twice while the answer is slow", () => {
  const slow = (request: string) => (request.startsWith("GET") ? 0 : 3_000);

  it("a launch happens once, and looks busy", async () => {
    const kept = system.api.campaigns.get(DRAFT_ID);
    if (kept) {
      kept.contacts = 1;
    }
    await building();
    press(button("Launch …"));
    const launch = await screen.findByRole("button", { name: "Launch to 1 contact" });
    await waitFor(() => expect(launch).toHaveProperty("disabled", false));
    system.api.lagMs = slow;
    pressTwice(launch);
    await elapse(1_000);
    expect(launch.getAttribute("aria-busy")).toBe("true");
    press(launch);
    await elapse(5_000);
    screen.getByText("Running");
    expect(system.api.count(`POST /api/v1/campaigns/${DRAFT_ID}/launch`)).toBe(1);
  });

  it("an import happens once", async () => {
    openPage(PAGES.import.path);
    await elapse(SAVED_MS);
    system.api.lagMs = slow;
    type(screen.getByLabelText(/^Or paste rows/), "email\nann@once.example\n");
    press(button("Check these rows"));
    await elapse(0);
    screen.getByRole("status", { name: "Loading" });
    pressTwice(await screen.findByRole("button", { name: "Import 1 contact" }));
    await screen.findByRole("region", { name: "Result" });
    expect(system.api.count(/^POST .*\/contacts$/)).toBe(1);
  });

  it("a campaign is created once", async () => {
    openPage("/campaigns?open=new");
    const dialog = within(await screen.findByRole("dialog"));
    system.api.lagMs = slow;
    type(dialog.getByLabelText("Name"), "Twice pressed");
    const create = dialog.getByRole<HTMLButtonElement>("button", { name: "Create campaign" });
    pressTwice(create);
    await elapse(0);
    expect(create.disabled).toBe(true);
    await elapse(10_000);
    expect(screen.getByLabelText<HTMLInputElement>("Campaign name").value).toBe("Twice pressed");
    expect(system.api.count("POST /api/v1/campaigns")).toBe(1);
  });

  it("a page shows grey lines until it has loaded", async () => {
    system.api.lagMs = () => 3_000;
    openPage("/");
    await elapse(1_000);
    screen.getByRole("heading", { name: "Home", level: 1 });
    screen.getByRole("status", { name: "Loading" });
    await elapse(5_000);
    screen.getByText("Sent today");
  });
});
