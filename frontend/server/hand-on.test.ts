// @vitest-environment node
import http, { type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { makeProxy } from "./proxy.mjs";

const MEGABYTE = 1024 * 1024;
const NO_PAGES = { find: () => null, missing: "default-src 'none'" };
/** No name server resolves it (RFC 6761, section 6.4). */
const NOWHERE = new URL("http://inbox.invalid:8025");
const servers: Server[] = [];

afterEach(() => {
  for (const it of servers.splice(0)) {
    it.closeAllConnections();
    it.close();
  }
});

async function listening(listener: RequestListener): Promise<string> {
  const server = http.createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts a proxy before a backend with the given behaviour; returns its address. */
async function proxy(backend: RequestListener): Promise<string> {
  const url = await listening(backend);
  return before({ backend: new URL(url), inbox: NOWHERE });
}

function before(targets: { backend: URL; inbox: URL }): Promise<string> {
  return listening(makeProxy(targets, NO_PAGES, (_, response) => response.end("a page")));
}

async function bytesOf(message: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const piece of message) {
    bytes += (piece as Buffer).length;
  }
  return bytes;
}

test("a body of any size passes through completely", async () => {
  const url = await proxy(async (request, response) => response.end(`${await bytesOf(request)}`));
  const answer = await fetch(`${url}/api/v1/x`, {
    method: "POST",
    body: new Uint8Array(24 * MEGABYTE),
  });
  expect(await answer.text()).toBe(`${24 * MEGABYTE}`);
});

test("a backend that does not read stops the sender: nothing is buffered", async () => {
  const url = await proxy(() => undefined);
  const sender = connect(Number(new URL(url).port), "127.0.0.1");
  sender.write(`POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: ${512 * MEGABYTE}\r\n\r\n`);
  const piece = Buffer.alloc(MEGABYTE);
  let sent = 0;
  // Until the sockets in between are full; what the system buffers for four of them is far less.
  while (sent < 256 && (await taken(sender, piece))) {
    sent += 1;
  }
  sender.destroy();
  expect(sent).toBeLessThan(64);
});

/** Whether a chunk is accepted; a second without progress counts as not. */
function taken(socket: ReturnType<typeof connect>, piece: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => resolve(false), 1_000);
    socket.write(piece, () => {
      clearTimeout(patience);
      resolve(true);
    });
  });
}

test("requests and responses stay unchanged, except for hop-by-hop headers", async () => {
  const url = await proxy((request, response) => {
    response.setHeader("Set-Cookie", ["a=1; HttpOnly", "b=2"]);
    response.setHeader("X-Asked", JSON.stringify([request.method, request.url, request.headers]));
    response.writeHead(204).end();
  });
  const answer = await fetch(`${url}/api/v1/leads?to=a%20b`, {
    method: "DELETE",
    headers: { cookie: "emailbuilder_session=t", "X-EmailBuilder": "1", connection: "keep-alive" },
  });
  expect(answer.status).toBe(204);
  expect(answer.headers.getSetCookie()).toEqual(["a=1; HttpOnly", "b=2"]);
  const [method, path, headers] = JSON.parse(answer.headers.get("x-asked") ?? "[]");
  expect([method, path]).toEqual(["DELETE", "/api/v1/leads?to=a%20b"]);
  expect(headers).toMatchObject({
    cookie: "emailbuilder_session=t",
    "x-emailbuilder": "1",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": new URL(url).host,
  });
});

test("a refusal before the body is through reaches the sender", async () => {
  const url = await proxy((request, response) => {
    response.writeHead(401, { "content-type": "application/problem+json" }).end("{}");
    request.resume();
  });
  const asked = http.request(`${url}/api/v1/x`, { method: "POST" });
  const answered = new Promise<IncomingMessage>((resolve) => asked.on("response", resolve));
  // Browsers read a response only once everything is sent.
  const sent = new Promise((resolve) => asked.on("finish", resolve));
  asked.end(Buffer.alloc(24 * MEGABYTE));
  await sent;
  const answer = await answered;
  expect(answer.statusCode).toBe(401);
  // Read to the end, because a connection in use would be cut without notice.
  expect(await bytesOf(answer)).toBe(2);
});

test("an unreachable backend is reported as a problem", async () => {
  const away = await listening(() => undefined);
  servers.pop()?.close();
  const url = await before({ backend: new URL(away), inbox: NOWHERE });
  const answer = await fetch(`${url}/api/v1/campaigns`);
  expect(answer.status).toBe(502);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({ code: "backend_away", status: 502 });
});

test("if the backend breaks off, the problem says that it may have acted", async () => {
  const url = await proxy((request) => request.socket.destroy());
  const answer = await fetch(`${url}/api/v1/campaigns`, { method: "POST", body: "{}" });
  expect(answer.status).toBe(502);
  expect((await answer.json()).detail).toContain("Look whether it was done");
});

test("the inbox has its own addresses; without one, the answer says so", async () => {
  const inbox = await listening((request, response) => response.end(request.url));
  const backend = new URL(await listening((_, response) => response.end("the backend")));
  const some = await before({ backend, inbox: new URL(inbox) });
  const read = await fetch(`${some}/inbox/api/messages?recipient=a%40b`);
  expect(await read.text()).toBe("/messages?recipient=a%40b");
  const none = await before({ backend, inbox: NOWHERE });
  const refused = await fetch(`${none}/inbox/api/messages`);
  expect([refused.status, (await refused.json()).code]).toEqual([404, "no_inbox"]);
});

test("an incomplete response does not look complete", async () => {
  const url = await proxy((_, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("half", () => response.destroy());
  });
  const answer = await fetch(`${url}/api/v1/jobs/j/rejected.csv`);
  await expect(answer.text()).rejects.toThrow();
});

test("a client that disconnects is disconnected from the backend too", async () => {
  let left: (() => void) | undefined;
  const isGone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const asked = new AbortController();
  const url = await proxy((request) => {
    request.on("close", () => left?.());
    asked.abort();
  });
  await expect(fetch(`${url}/api/v1/x`, { signal: asked.signal })).rejects.toThrow();
  await isGone;
});

test("every other path is a page, with its policy", async () => {
  const url = await proxy((_, response) => response.end("the backend"));
  const answer = await fetch(`${url}/apiary`);
  expect(await answer.text()).toBe("a page");
  expect(answer.headers.get("content-security-policy")).toBe(NO_PAGES.missing);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});
