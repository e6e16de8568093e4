import { type APIRequestContext, expect } from "@playwright/test";

/** The token that playwright.config.ts gives to the system. */
export const TOKEN = "ebk_EndToEnd_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const BEARER = { authorization: `Bearer ${TOKEN}` };

/** For browsers that are not signed in yet. */
export const SIGNED_OUT = { cookies: [], origins: [] };

/** Calls the API without the interface, to set a scene or to check the result. */
export async function post(request: APIRequestContext, path: string, data: unknown) {
  const answer = await request.post(`/api/v1${path}`, { data, headers: BEARER });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

export async function get(request: APIRequestContext, path: string) {
  const answer = await request.get(`/api/v1${path}`, { headers: BEARER });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}
