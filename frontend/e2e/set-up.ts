import { request } from "@playwright/test";
import { pages } from "./pages";
import { TOKEN } from "./system";

/**
 * Runs once, when the system is up: signs in for all tests, and creates one of each kind of page
 * for them.
 */
export default async function setUp(): Promise<void> {
  const { E2E_URL: baseURL = "", E2E_SIGNED_IN: path = "" } = process.env;
  const asking = await request.newContext({ baseURL, ignoreHTTPSErrors: true });
  const answer = await asking.post("/api/v1/session", {
    data: { token: TOKEN },
    headers: { "X-EmailBuilder": "1" },
  });
  if (!answer.ok()) {
    throw new Error(`nobody can sign in: ${await answer.text()}`);
  }
  await asking.storageState({ path });
  process.env.E2E_PAGES = JSON.stringify(await pages(asking));
  await asking.dispose();
}
