// @ts-check
/** The system of `make run` on a free port, in a folder that is removed afterwards. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PYTHON = join(ROOT, ".venv/bin/python");
const TOKEN = "ebk_EndToEnd_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const READY_SECONDS_MAX = 60;
const STOP_SECONDS_MAX = 20;

/** The campaign's id in bench/speed/million.py. */
export const MILLION = "million";

/**
 * @typedef {object} System
 * @property {string} url
 * @property {string} token
 * @property {(path: string, body?: unknown) => Promise<any>} api GET, or POST of a body
 * @property {() => Promise<void>} stop
 */

/**
 * @param {{ leads: number, tell: (words: string) => void }} asked `leads`: of a campaign that is
 * written into the store before the system starts; 0: no campaign
 * @returns {Promise<System>}
 */
export async function startSystem({ leads, tell }) {
  const folder = mkdtempSync(join(tmpdir(), "emailbuilder-figures-"));
  const home = join(folder, "system");
  mkdirSync(home);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    if (leads > 0) {
      tell(`Writing ${leads.toLocaleString("en")} leads …`);
      const script = ["-m", "bench.speed.million", join(home, "store.db"), "--leads", `${leads}`];
      execFileSync(PYTHON, script, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    }
    return await up(home, remove);
  } catch (problem) {
    remove();
    throw problem;
  }
}

/**
 * @param {string} home
 * @param {() => void} remove
 * @returns {Promise<System>}
 */
async function up(home, remove) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(PYTHON, ["-m", "local.cli", "up", "--port", `${port}`, "--home", home], {
    cwd: ROOT,
    env: { ...process.env, API_TOKENS: TOKEN, SMTP_PORT: "0" },
    stdio: ["ignore", "ignore", "inherit"],
    // We handle Ctrl-C ourselves: the system is stopped below, once the browser is closed.
    detached: true,
  });
  const ended = once(child, "exit");
  const stop = async () => {
    process.off("exit", kill);
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(STOP_SECONDS_MAX * 1000, undefined, { ref: false })]);
    kill();
    remove();
  };
  const kill = () => void child.kill("SIGKILL");
  process.on("exit", kill);
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.once(signal, () => void stop().then(() => process.exit(130)));
  }
  const until = Date.now() + READY_SECONDS_MAX * 1000;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error("The system did not start: its words are above.");
    }
    await sleep(200);
  }
  return { url, token: TOKEN, api: (path, body) => api(url, path, body), stop };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no free port");
  }
  return address.port;
}

/** @param {string} url */
async function isReady(url) {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch {
    return false;
  }
}

/**
 * @param {string} url
 * @param {string} path
 * @param {unknown} body
 */
async function api(url, path, body) {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.json();
}
