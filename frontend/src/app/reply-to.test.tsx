/** Where answers go: set for one e-mail, and for the whole campaign. */
import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { elapse, fakeSystem, key, openPage, type } from "@/testing/pages";

const system = fakeSystem();

const SAVED_MS = 2_000;

const FLOW = {
  nodes: [
    { id: "start", type: "start" },
    { id: "mail", type: "sendEmail", configuration: { subject: "Hello", body: "<p>Good day</p>" } },
  ],
  connections: [{ from_node: "start", to_node: "mail" }],
};

/** The reply-to field in the form of a node. */
async function fieldOf(id: string): Promise<HTMLInputElement> {
  key("Escape");
  document.querySelector<HTMLElement>(`[data-card="${id}"]`)?.focus();
  key("ArrowDown");
  await elapse(100);
  return screen.getByLabelText<HTMLInputElement>("Reply-to address");
}

it("is a field of each e-mail and of the campaign", async () => {
  system.api.keep({ campaign_id: "c-reply", name: "Answers" }, FLOW, 1);
  openPage("/campaigns/c-reply");
  await elapse(SAVED_MS);

  type(await fieldOf("mail"), "help@example.com");
  await elapse(SAVED_MS);
  const saved = () => system.api.campaigns.get("c-reply");
  expect(saved()?.draft.nodes).toMatchObject([
    { id: "start" },
    { id: "mail", configuration: { reply_to: "help@example.com" } },
  ]);

  const field = await fieldOf("start");
  type(field, "all@example.com");
  fireEvent.blur(field);
  await elapse(SAVED_MS);
  expect(saved()?.campaign.reply_to).toBe("all@example.com");
});
