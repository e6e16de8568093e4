import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { get, post } from "./system";
import { watched } from "./watched";

// Windows-1250: "Toruń" has the byte f1. A day and month in doubt; two columns of addresses.
const FILE = Buffer.from(
  "Sales report\nKunde;Contact;Chef;Tel.;Miasto;Due\n" +
    "Jan;jan@example.com;boss@example.com;1;Toru\xf1;03/04/2027\n" +
    "Ola;ola@example.com;boss2@example.com;2;Gdynia;05/04/2027\n" +
    "Ewa;mailto:ewa@example.com;boss3@example.com;3;Gdynia;soon\nTotal: 3\n",
  "latin1",
);

test("what a file does not show is asked before it is imported", async ({ page, context }) => {
  const said = watched(context);
  const { campaign_id: id } = await post(page.request, "/campaigns", { name: "Asked" });
  await page.goto(`/app/campaigns/${id}/import`);
  await page
    .getByLabel("Contact file")
    .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: FILE });
  const questions = page.getByRole("region", { name: "A few questions first" });
  const begin = page.getByRole("button", { name: "Import 3 contacts" });
  await expect(begin).toBeDisabled();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);

  await questions.getByRole("radio", { name: "Toruń" }).check();
  await questions.getByRole("radio", { name: /^Yes: Kunde/ }).check();
  await questions.getByRole("radio", { name: "Contact", exact: true }).check();
  await expect(begin).toBeDisabled();
  await questions.getByRole("radio", { name: /4 March 2027/ }).check();
  await expect(page.getByText("from “Tel.”")).toBeVisible();
  await begin.click();
  await expect(page.getByRole("heading", { name: "3 contacts imported" })).toBeVisible();

  const { contacts } = await get(page.request, `/campaigns/${id}/contacts`);
  expect(contacts[0].attributes).toEqual({
    kunde: "Jan",
    chef: "boss@example.com",
    tel: "1",
    miasto: "Toruń",
    due: "2027-03-04",
  });
  expect(contacts[2].email).toBe("ewa@example.com");
  expect(said).toEqual([]);
});

test("a workbook is imported by its sheet", async ({ page, context }) => {
  const said = watched(context);
  const { campaign_id: id } = await post(page.request, "/campaigns", { name: "Members" });
  await page.goto(`/app/campaigns/${id}/import`);
  await page.getByLabel("Contact file").setInputFiles("e2e/members.xlsx");
  const begin = page.getByRole("button", { name: "Import 2 contacts" });
  await expect(begin).toBeDisabled();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await page.getByRole("radio", { name: /^Members/ }).check();
  await expect(page.getByText("header in line 5")).toBeVisible();
  await begin.click();
  await expect(page.getByRole("heading", { name: "2 contacts imported" })).toBeVisible();
  const { contacts } = await get(page.request, `/campaigns/${id}/contacts`);
  expect(contacts[0].attributes).toEqual({
    phone: "4915112345678",
    renewal: "2027-03-04",
    vip: "true",
  });
  expect(said).toEqual([]);
});
