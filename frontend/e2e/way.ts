import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What stands between the browser and the system: a line that breaks, lags, or lies. */
export interface Way {
  /** Where the browser goes. */
  readonly origin: string;
  /** Nobody listens any more: the browser's connections are refused. */
  shut: () => Promise<void>;
  open: () => Promise<void>;
  /** What this answers in the system's place; null: the system is asked. `path` with its query. */
  answer: ((method: string, path: string) => Answer | null) | null;
  /** Every answer to these waits for as long. */
  lag: ((method: string, path: string) => number) | null;
  /** The answers of the system arrive, or are lost on the way back. */
  losesAnswers: ((method: string, path: string) => boolean) | null;
  /** Requests seen, as "POST /api/v1/…". */
  readonly seen: string[];
  close: () => Promise<void>;
}

export interface Answer {
  status: number;
  type: string;
  body: string;
}

/** A way to the system at `target`, as a proxy in front of it is one. */
export async function wayTo(target: string): Promise<Way> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let place = 0;
  const server = http.createServer((asked, answering) => {
    const method = asked.method ?? "GET";
    const path = asked.url ?? "/";
    way.seen.push(`${method} ${path}`);
    const given = way.answer?.(method, path);
    if (given) {
      asked.resume();
      answering.writeHead(given.status, { "content-type": given.type }).end(given.body);
      return;
    }
    const passing = http.request(
      { hostname, port, method, path, headers: asked.headers },
      (answer) => {
        const pass = () => {
          if (way.losesAnswers?.(method, path)) {
            answering.destroy();
            return;
          }
          answering.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(answering);
        };
        setTimeout(pass, way.lag?.(method, path) ?? 0);
      },
    );
    passing.on("error", () => answering.destroy());
    asked.on("error", () => passing.destroy());
    answering.on("close", () => passing.destroy());
    asked.pipe(passing);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(place, "127.0.0.1", resolve);
    });
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) {
        socket.destroy();
      }
    });
  await listen();
  place = (server.address() as AddressInfo).port;
  const way: Way = {
    origin: `http://127.0.0.1:${place}`,
    shut,
    open: listen,
    answer: null,
    lag: null,
    losesAnswers: null,
    seen: [],
    close: () => (server.listening ? shut() : Promise.resolve()),
  };
  return way;
}
