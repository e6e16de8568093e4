import { describe, expect, it } from "vitest";
import type { Canvas } from "./canvas";
import { copied, pasted, readClip } from "./clipboard";
import { fromCanvas, toCanvas } from "./codec";
import * as commands from "./commands";
import { begun, redone, STEPS_MAX, stepped, undone } from "./history";
import { remove } from "./removal";

const chain = () =>
  toCanvas({
    nodes: [
      { id: "start", type: "start" },
      { id: "email-1", type: "sendEmail", configuration: { subject: "Hi", body: "<p>Hi</p>" } },
      { id: "wait-1", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
      { id: "end", type: "end" },
    ],
    connections: [
      { from_node: "start", to_node: "email-1" },
      { from_node: "email-1", to_node: "wait-1" },
      { from_node: "wait-1", to_node: "end" },
    ],
  }).canvas;

const edges = (canvas: Canvas) => canvas.edges.map((it) => `${it.from}.${it.port}>${it.to}`).sort();

describe("commands", () => {
  it("inserts on an edge: the old target follows the new node's first exit", () => {
    const { canvas, ids } = commands.insertAt(
      chain(),
      { from: "wait-1", port: "next" },
      "condition",
    );
    expect(ids).toEqual(["condition-1"]);
    expect(edges(canvas)).toContain("wait-1.next>condition-1");
    expect(edges(canvas)).toContain("condition-1.yes>end");
    expect(canvas.nodes.at(-1)?.configuration).toMatchObject({ email_node: "email-1" });
  });

  it("inserts at an open port", () => {
    const open = remove(chain(), new Set(["end"]));
    const { canvas } = commands.insertAt(open, { from: "wait-1", port: "next" }, "end");
    expect(edges(canvas)).toContain("wait-1.next>end-1");
  });

  it("makes room below if nodes were placed by hand", () => {
    const hand = commands.move(chain(), new Map([["end", { x: 0, y: 400 }]]));
    const { canvas } = commands.insertAt(hand, { from: "wait-1", port: "next" }, "wait");
    expect(canvas.nodes.find((it) => it.id === "end")?.position?.y).toBeGreaterThan(400);
  });

  it("reconnects around removed nodes, and keeps the start", () => {
    const canvas = remove(chain(), new Set(["start", "email-1", "wait-1"]));
    expect(edges(canvas)).toEqual(["start.next>end"]);
  });

  it("connects a port to one node only, and never to a start", () => {
    const at = { from: "email-1", port: "next" };
    expect(edges(commands.connect(chain(), at, "end"))).toContain("email-1.next>end");
    expect(commands.connect(chain(), at, "start")).toEqual(chain());
    expect(edges(commands.connect(chain(), at, null))).not.toContain("email-1.next>wait-1");
  });

  it("keeps the connection of a renamed port, drops that of a removed port", () => {
    let canvas = commands.insertAt(chain(), { from: "wait-1", port: "next" }, "split").canvas;
    canvas = commands.connect(canvas, { from: "split-1", port: "b" }, "email-1");
    canvas = commands.configure(canvas, "split-1", {
      branches: [
        { port: "first", weight: 1 },
        { port: "b", weight: 1 },
      ],
    });
    expect(edges(canvas)).toContain("split-1.first>end");
    canvas = commands.configure(canvas, "split-1", { branches: [{ port: "b", weight: 1 }] });
    expect(edges(canvas).filter((it) => it.startsWith("split-1"))).toEqual(["split-1.b>email-1"]);
  });

  it("switches nodes off, then on again; skips those without a switch", () => {
    const all = new Set(chain().nodes.map((it) => it.id));
    const offs = (canvas: Canvas) => canvas.nodes.filter((it) => it.isOff).map((it) => it.id);
    const off = commands.toggle(chain(), all);
    expect(offs(off)).toEqual(["email-1", "wait-1"]);
    expect(commands.toggle(off, all)).toEqual(chain());
    // A mixed selection is switched off first.
    const one = commands.toggle(chain(), new Set(["wait-1"]));
    expect(offs(one)).toEqual(["wait-1"]);
    expect(offs(commands.toggle(one, all))).toEqual(["email-1", "wait-1"]);
  });

  it("changes nothing if no selected node has a switch", () => {
    const canvas = chain();
    expect(commands.toggle(canvas, new Set(["start", "end"]))).toBe(canvas);
    expect(commands.switching(canvas, new Set(["start", "end"]))).toBeNull();
    expect(commands.switching(canvas, new Set(["end", "wait-1"]))).toBe("off");
  });

  it("can always switch on, even a node that came switched off and cannot be switched off", () => {
    const { canvas } = toCanvas({ nodes: [{ id: "start", type: "start", disabled: true }] });
    expect(commands.switching(canvas, new Set(["start"]))).toBe("on");
    expect(commands.toggle(canvas, new Set(["start"])).nodes[0]?.isOff).toBe(false);
  });

  it("lets a new condition ask about an e-mail that is sent", () => {
    const two = commands.insertAt(chain(), { from: "email-1", port: "next" }, "sendEmail").canvas;
    const at = { from: "wait-1", port: "next" };
    const asked = (canvas: Canvas) =>
      commands.insertAt(canvas, at, "condition").canvas.nodes.at(-1)?.configuration?.email_node;
    expect(asked(two)).toBe("email-2");
    expect(asked(commands.toggle(two, new Set(["email-2"])))).toBe("email-1");
    expect(asked(commands.toggle(two, new Set(["email-1", "email-2"])))).toBe("email-2");
  });

  it("keeps a name in the layout, and forgets an empty one", () => {
    const named = commands.rename(chain(), "email-1", "Hello");
    expect(fromCanvas(named).layout).toEqual({ nodes: { "email-1": { name: "Hello" } } });
    expect(commands.rename(named, "email-1", " ")).toEqual(chain());
  });
});

describe("clipboard", () => {
  it("pastes into another campaign under new ids, conditions following their e-mail", () => {
    const source = commands.insertAt(chain(), { from: "wait-1", port: "next" }, "condition").canvas;
    const text = copied(source, new Set(["email-1", "wait-1", "condition-1"]));
    const clip = readClip(text ?? "");
    expect(clip).not.toBeNull();
    const { canvas, ids } = pasted(chain(), clip as Canvas, { from: "wait-1", port: "next" });
    expect(ids).toEqual(["email-2", "wait-2", "condition-1"]);
    expect(edges(canvas)).toEqual([
      "condition-1.yes>end",
      "email-1.next>wait-1",
      "email-2.next>wait-2",
      "start.next>email-1",
      "wait-1.next>email-2",
      "wait-2.next>condition-1",
    ]);
    expect(canvas.nodes.at(-1)?.configuration).toMatchObject({ email_node: "email-2" });
  });

  it("keeps switched-off nodes switched off", () => {
    const off = commands.toggle(chain(), new Set(["email-1"]));
    const clip = readClip(copied(off, new Set(["email-1", "wait-1"])) ?? "");
    const { canvas, ids } = pasted(chain(), clip as Canvas, null);
    expect(canvas.nodes.filter((it) => ids.includes(it.id)).map((it) => it.isOff)).toEqual([
      true,
      false,
    ]);
  });

  it("takes nothing from a text that is not a flow", () => {
    for (const text of ["", "hello", "[]", '{"nodes": 3}', '{"nodes": []}']) {
      expect(readClip(text)).toBeNull();
    }
  });
});

describe("history", () => {
  it("goes back 200 steps and forward again", () => {
    let history = begun(0);
    for (let step = 1; step <= STEPS_MAX + 50; step += 1) {
      history = stepped(history, step, null, 0);
    }
    for (let step = 0; step < STEPS_MAX + 50; step += 1) {
      history = undone(history);
    }
    expect(history.present).toBe(50);
    for (let step = 0; step < STEPS_MAX + 50; step += 1) {
      history = redone(history);
    }
    expect(history.present).toBe(STEPS_MAX + 50);
  });

  it("takes a burst of typing as one step, and a pause as its end", () => {
    let history = begun("");
    history = stepped(history, "a", "subject", 0);
    history = stepped(history, "ab", "subject", 300);
    history = stepped(history, "abc", "subject", 5_000);
    expect(history.past).toEqual(["", "ab"]);
    expect(undone(history).present).toBe("ab");
  });
});
