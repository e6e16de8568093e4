/**
 * `fetch` and XMLHttpRequest that lead to a FakeApi. Vitest loads this before any test, because the
 * API's client keeps the `fetch` that exists when it is created.
 */
import type { FakeApi } from "./fake-api";
import type { Reply } from "./fake-reply";

let there: FakeApi | null = null;

/** null: nothing answers. */
export function leadTo(api: FakeApi | null): void {
  there = api;
}

function reply(
  method: string,
  address: string,
  sent: string,
  ifMatch: string | null,
): Promise<Reply> {
  return there?.reply(method, address, sent, ifMatch) ?? Promise.reject(new TypeError("nobody"));
}

globalThis.fetch = async (asked, init) => {
  const request = asked instanceof Request ? asked : null;
  const signal = request?.signal ?? init?.signal;
  const sent = request ? await request.text() : "";
  const answering = reply(
    request?.method ?? init?.method ?? "GET",
    request?.url ?? String(asked),
    sent,
    request?.headers.get("if-match") ?? null,
  );
  const { status, type, body, etag } = await new Promise<Reply>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    answering.then(resolve, reject);
  });
  const headers = { "content-type": type, ...(etag === undefined ? {} : { etag }) };
  return new Response(body, { status, headers });
};

/** The part of it that an upload uses. */
class FakeXMLHttpRequest {
  upload: { onprogress: ((event: { loaded: number }) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  status = 0;
  responseText = "";
  private target: [method: string, address: string] = ["", ""];

  open(method: string, address: string): void {
    this.target = [method, address];
  }

  setRequestHeader(): void {}

  abort(): void {
    this.onabort?.();
  }

  async send(file: Blob): Promise<void> {
    try {
      const sent = await textOf(file);
      this.upload.onprogress?.({ loaded: file.size });
      const { status, body } = await reply(...this.target, sent, null);
      [this.status, this.responseText] = [status, body];
    } catch {
      this.onerror?.();
      return;
    }
    this.onload?.();
  }
}

/** jsdom's files lack `text()`. */
function textOf(file: Blob): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.readAsText(file);
  });
}

globalThis.XMLHttpRequest = FakeXMLHttpRequest as unknown as typeof XMLHttpRequest;
