/** Contacts: what an import says of known ones, and changing and deleting one. */
import { File } from "node:buffer";
import { fireEvent, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { contactOf, DRAFT_ID, LIVE_ID, previewOf } from "@/testing/fake-answers";
import { json } from "@/testing/fake-reply";
import { elapse, fakeSystem, openPage, PAGES, press, type } from "@/testing/pages";

const system = fakeSystem();

const LOADED_MS = 2_500;

const button = (name: string | RegExp) => screen.getByRole("button", { name });

async function opened(path: string): Promise<void> {
  openPage(path);
  await elapse(LOADED_MS);
}

function kept(id: string) {
  const found = system.api.campaigns.get(id);
  expect(found).toBeDefined();
  return found as NonNullable<typeof found>;
}

async function asked(email: string, item: string) {
  press(button(`Change or delete ${email}`));
  press(await screen.findByRole("menuitem", { name: item }));
  await elapse(LOADED_MS);
  return within(await screen.findByRole("dialog"));
}

it("lists the contacts of a draft, by the beginning of the address", async () => {
  kept(DRAFT_ID).audience = [contactOf(1), contactOf(2)];
  await opened(`/campaigns/${DRAFT_ID}/leads`);
  screen.getByText("2 contacts are waiting for the launch.");
  screen.getByText("reader1@example.com");
  type(screen.getByRole("searchbox"), "reader2");
  await elapse(LOADED_MS);
  expect(screen.queryByText("reader1@example.com")).toBeNull();
  screen.getByText("reader2@example.com");
  type(screen.getByRole("searchbox"), "zoe");
  await elapse(LOADED_MS);
  screen.getByText("No contact matches");
});

it("changes a contact of a draft: a value, another attribute, the address", async () => {
  kept(DRAFT_ID).audience = [contactOf(1)];
  await opened(`/campaigns/${DRAFT_ID}/leads`);
  const dialog = await asked("reader1@example.com", "Change …");
  const verb = dialog.getByRole<HTMLButtonElement>("button", { name: "Change the contact" });
  expect(verb.disabled).toBe(true);
  type(dialog.getByLabelText("first_name"), "Ann");
  type(dialog.getByLabelText("Another attribute"), "plan");
  type(dialog.getByLabelText("Its value"), "pro");
  type(dialog.getByLabelText("Address"), "ann@example.com");
  press(verb);
  await elapse(LOADED_MS);
  expect(screen.queryByRole("dialog")).toBeNull();
  screen.getByText("ann@example.com");
  expect(kept(DRAFT_ID).audience[0]?.attributes).toEqual({ first_name: "Ann", plan: "pro" });
});

it("keeps the form open with the reason if somebody else changed the contact", async () => {
  kept(DRAFT_ID).audience = [contactOf(1)];
  await opened(`/campaigns/${DRAFT_ID}/leads`);
  const dialog = await asked("reader1@example.com", "Change …");
  type(dialog.getByLabelText("first_name"), "Ann");
  kept(DRAFT_ID).audience = [{ ...contactOf(1), revision: 5 }];
  press(dialog.getByRole("button", { name: "Change the contact" }));
  await elapse(LOADED_MS);
  dialog.getByText(/changed since you loaded it/);
  press(dialog.getByRole("button", { name: "Change the contact" }));
  await elapse(LOADED_MS);
  expect(kept(DRAFT_ID).audience[0]?.attributes).toEqual({ first_name: "Ann" });
});

it("deletes a contact of a draft", async () => {
  kept(DRAFT_ID).audience = [contactOf(1), contactOf(2)];
  await opened(`/campaigns/${DRAFT_ID}/leads`);
  const dialog = await asked("reader1@example.com", "Delete …");
  dialog.getByText("It does not enter the campaign.");
  press(dialog.getByRole("button", { name: "Delete the contact" }));
  await elapse(LOADED_MS);
  expect(screen.queryByText("reader1@example.com")).toBeNull();
  screen.getByText("1 contact is waiting for the launch.");
});

it("says what a change means for a lead under way, before it is made", async () => {
  await opened(PAGES.lead.path);
  press(button("Change contact …"));
  await elapse(LOADED_MS);
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText(/go on with the values with which it entered/);
  expect(dialog.getByLabelText("Address")).toHaveProperty("disabled", true);
  type(dialog.getByLabelText("first_name"), "Ann");
  press(dialog.getByRole("button", { name: "Change it all the same" }));
  await elapse(LOADED_MS);
  expect(screen.queryByRole("dialog")).toBeNull();
  screen.getByText(/^The contact was changed after it entered\./);
  expect(kept(LIVE_ID).audience[0]?.attributes.first_name).toBe("Ann");
});

it("says what a deletion means for a lead under way, and then that the contact is gone", async () => {
  await opened(PAGES.lead.path);
  press(button("Delete contact …"));
  await elapse(LOADED_MS);
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText(/Deleting it ends that, and it gets no more e-mails/);
  press(dialog.getByRole("button", { name: "Delete the contact" }));
  await elapse(LOADED_MS);
  screen.getByText(/^The contact was deleted\./);
  expect(kept(LIVE_ID).audience.map((it) => it.seq)).toEqual([2]);
});

it("asks about known contacts of a large file only if the campaign has contacts", async () => {
  const shown = { ...previewOf(["ann@example.com"]), is_part: true };
  system.api.answer = (request) => (request.endsWith("/contacts/preview") ? json(shown) : null);
  for (const isThere of [false, true]) {
    kept(DRAFT_ID).audience = isThere ? [contactOf(1)] : [];
    await opened(PAGES.import.path);
    type(screen.getByLabelText(/^Or paste rows/), "email\nann@example.com\n");
    press(button("Check these rows"));
    await elapse(LOADED_MS);
    screen.getByText("1 new");
    expect(screen.queryByRole("radio", { name: /^Update them/ }) !== null).toBe(isThere);
  }
});

it("leaves known contacts as they are, or updates them, as one chooses", async () => {
  const known = "keep" as "keep" | "update";
  const shown = previewOf(["ann@example.com"]);
  system.api.answer = (request) =>
    request.endsWith("/contacts/preview")
      ? json({
          ...shown,
          policy: { ...shown.policy, known },
          counts: { ...shown.counts, good: 0, existing: 3, changed: 1, same: 2, entered: 1 },
          changes: [
            {
              line: 2,
              email: "ann@example.com",
              has_entered: true,
              values: [
                { name: "plan", before: "free", after: "pro" },
                { name: "city", before: null, after: "Bonn" },
              ],
            },
          ],
        })
      : null;
  await opened(PAGES.import.path);
  type(screen.getByLabelText(/^Or paste rows/), "email,plan\nann@example.com,pro\n");
  press(button("Check these rows"));
  await elapse(LOADED_MS);
  screen.getByText("2 known, the same");
  const row = within(screen.getByRole("region", { name: "Contacts that the file would change" }));
  expect(row.getByText("plan").parentElement?.textContent).toBe("plan free → pro");
  expect(row.getByText("city").parentElement?.textContent).toBe("city – → Bonn");
  expect(button("Nothing to import")).toHaveProperty("disabled", true);
  press(screen.getByRole("radio", { name: /^Update them/ }));
  await elapse(LOADED_MS);
  screen.getByText(/^1 of them has entered the campaign: e-mails, waits and conditions go on/);
  press(button("Update 1 contact"));
  await elapse(LOADED_MS);
  expect(system.api.count(/^POST .*\/contacts$/)).toBe(1);
});

it("names the sheet of a workbook, asks which, and shows the one that is chosen", async () => {
  const shown = previewOf(["ann@example.com"]);
  const sheets = ["New", "Old <b>"].map((value) => ({ value, label: "email, name" }));
  const question = {
    code: "sheet_doubtful",
    field: "sheet",
    column: null,
    message: "Several.",
    choices: sheets,
    proposed: "New",
  };
  const parts: (string | null)[] = [];
  system.api.answer = (request, query) => {
    if (!request.endsWith("/contacts/preview")) {
      return null;
    }
    parts.push(query.get("part"));
    const sheet = query.get("sheet") ?? "New";
    const policy = { ...shown.policy, sheet, delimiter: null, encoding: null, header_line: 5 };
    const questions = query.has("sheet") ? [] : [question];
    return json({ ...shown, delimiter: null, encoding: null, policy, sheets, questions });
  };
  await opened(PAGES.import.path);
  const head = new Uint8Array([0x50, 0x4b, 3, 4]);
  // Unlike the one of the test's browser, it can be read.
  const book = new File([head, "x".repeat(2_000_000)], "people.csv");
  fireEvent.change(screen.getByLabelText("Contact file"), { target: { files: [book] } });
  await elapse(LOADED_MS);
  await screen.findByText(/header in line 5/);
  expect(screen.queryByText(/Delimiter/)).toBeNull();
  const verb = () => button("Import 1 contact") as HTMLButtonElement;
  expect(verb().disabled).toBe(true);
  press(screen.getByRole("radio", { name: "Old <b> email, name" }));
  await elapse(LOADED_MS);
  expect(screen.getByRole("combobox", { name: "Sheet" })).toHaveProperty("value", "Old <b>");
  expect(verb().disabled).toBe(false);
  type(screen.getByRole("combobox", { name: "Sheet" }), "New");
  await elapse(LOADED_MS);
  expect(screen.getByRole("radio", { name: "New email, name" })).toHaveProperty("checked", true);
  expect(parts).toEqual(["false", "false", "false"]);
});
