/** The results of a campaign: a third tab beside Edit and Live. */
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { address, elapse, fakeSystem, openPage, PAGES, press, reload } from "@/testing/pages";

fakeSystem();

const LOADED_MS = 2_000;

it("the tab shows results, says so in the address, and leads back", async () => {
  openPage(PAGES.live.path);
  await elapse(LOADED_MS);
  press(screen.getByRole("radio", { name: "Results" }));
  await screen.findByText(/^Rates are of the messages/);
  expect(screen.queryByRole("region", { name: "Flow" })).toBeNull();
  expect(address()).toContain("view=results");
  reload();
  await screen.findByText(/^Rates are of the messages/);
  press(screen.getByRole("radio", { name: "Live" }));
  await screen.findByRole("region", { name: "Flow" });
  expect(address()).not.toContain("view=");
});

it("an e-mail has its rates and its most clicked links; the others on request", async () => {
  openPage(PAGES.results.path);
  const row = await screen.findByRole("row", { name: /Welcome, \{first_name\}/ });
  expect(within(row).getByText("37.5 %")).toBeTruthy();
  expect(screen.getByText("example.com/4")).toBeTruthy();
  expect(screen.queryByText("example.com/5")).toBeNull();
  press(screen.getByRole("button", { name: "Show 2 more links" }));
  expect(screen.getByText("example.com/6")).toBeTruthy();
});

it("branches have ranges, and what is not decided is said", async () => {
  openPage(PAGES.results.path);
  const split = await screen.findByRole("region", { name: "Split" });
  expect(within(split).getAllByText("(10–60 %)")).toHaveLength(6);
  expect(
    within(split).getByText("b does better than a, by 2 to 10 percentage points"),
  ).toBeTruthy();
  expect(within(split).getAllByText("not yet decided")).toHaveLength(2);
});

it("the table over time has a row an hour, and the file has the same choice", async () => {
  openPage(PAGES.results.path);
  await screen.findByText("Over time");
  await elapse(LOADED_MS);
  const links = () =>
    screen.getAllByRole("link", { name: "Download CSV" }).map((it) => it.getAttribute("href"));
  expect(links().at(-1)).toMatch(/results\/over-time\.csv\?unit=hour$/);
  press(screen.getByRole("radio", { name: "By day" }));
  await elapse(LOADED_MS);
  expect(links().at(-1)).toMatch(/results\/over-time\.csv\?unit=day$/);
  expect(screen.getByText("Days begin at midnight UTC.")).toBeTruthy();
});
