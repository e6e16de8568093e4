import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** The connection between the browser and the system, which tests can break. */
export interface Line {
  /** The address that the browser uses. */
  readonly origin: string;
  /** Stops listening: the browser's connections are refused. */
  shut: () => Promise<void>;
  open: () => Promise<void>;
  close: () => Promise<void>;
}

/** A proxy in front of the system at `target`. */
export async function lineTo(target: string): Promise<Line> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let place = 0;
  const server = http.createServer((asked, answering) => {
    const { method, url: path, headers } = asked;
    const passing = http.request({ hostname, port, method, path, headers }, (answer) => {
      answering.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answering);
    });
    passing.on("error", () => answering.destroy());
    asked.on("error", () => passing.destroy());
    answering.on("close", () => passing.destroy());
    asked.pipe(passing);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const open = () =>
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
  await open();
  place = (server.address() as AddressInfo).port;
  return {
    origin: `http://127.0.0.1:${place}`,
    shut,
    open,
    close: () => (server.listening ? shut() : Promise.resolve()),
  };
}
