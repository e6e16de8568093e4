import { expect, test } from "@playwright/test";
import { launched } from "./pages";
import * as steps from "./steps";

const ROWS = [
  "email,first_name",
  "ann@story.example,Ann",
  "bo@story.example,Bo",
  "not an address,Cy",
  "ANN@story.example,Ann again",
];

test("a campaign is drawn, filled and launched; a reader's click moves its lead on", async ({
  page,
}) => {
  test.slow();
  await steps.newCampaign(page, "Spring story");
  await steps.drawFlow(page);
  await steps.importFile(page, "spring.csv", ROWS, 2);
  await steps.launch(page, 2);

  await test.step("the counts move by themselves", async () => {
    await expect(steps.countOn(page, "Send Hello", "2 leads sent")).toBeVisible();
    await expect(steps.countOn(page, "Clicked", "2 leads waiting")).toBeVisible();
  });

  await test.step("while it is paused, a click is kept and nothing moves", async () => {
    await steps.pause(page);
    await steps.readMail(page, "ann@story.example", "our pricing");
    // The system does look for due leads meanwhile: those of another campaign go on.
    await launched(page.request, "Meanwhile");
    await steps.openFlow(page, "Spring story");
    await expect(steps.countOn(page, "Clicked", "2 leads waiting")).toBeVisible();
    const story = await steps.storyOf(page, "ann@story.example");
    await expect(story.last()).toContainText("nothing moves until it resumes");
  });

  await test.step("after resuming, the lead takes yes and the other keeps waiting", async () => {
    await steps.openFlow(page, "Spring story");
    await steps.resume(page);
    await expect(steps.countOn(page, "You had a look", "1 lead sent")).toBeVisible();
    await expect(steps.countOn(page, "Clicked", "1 lead waiting")).toBeVisible();
  });

  await test.step("the lead's timeline is right", async () => {
    const story = await steps.storyOf(page, "ann@story.example");
    await expect(story).toContainText([
      /^Entered the campaign/,
      /^Sent Hello Ann/,
      /^Waited \d+ s \(until .+\)/,
      /^Clicked https:\/\/example\.com\/pricing in Hello Ann \d+ s after sending/,
      /^Clicked a link in Hello Ann \d+ s after sending: took yes/,
      /^Sent You had a look/,
      /^Finished: nothing follows You had a look/,
    ]);
    await expect(page.getByRole("main")).not.toContainText("Next:");
  });
});
