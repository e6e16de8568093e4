import { describe, expect, it } from "vitest";
import {
  figuresShown,
  leftBy,
  NO_FIGURES,
  type NodeFigures,
  waitingAt,
} from "@/entities/flow/figures";
import { kindOf } from "@/entities/flow/nodes/registry";
import type { Schemas } from "@/shared/api/client";
import { toCanvas } from "../model/codec";
import { type Counts, laidOver, lateness } from "./live-store";
import { pathOf } from "./path";

const NOTHING: Counts = { revision: 0, leads: {}, nodes: {}, latenessMs: {} };

describe("live counts", () => {
  const first = laidOver(NOTHING, {
    revision: 3,
    leads: { running: 5 },
    nodes: { a: { entered: 10, waiting: 4, took: { yes: 2 } } },
    lateness_ms: { "250": 9, "1000": 1 },
  });

  it("applies changes to the present counts, including zeros", () => {
    const next = laidOver(first, {
      revision: 4,
      leads: { running: 0 },
      nodes: { a: { waiting: 0, took: { no: 1 } }, b: { entered: 1, took: {} } },
      lateness_ms: {},
    });
    expect(next.leads).toEqual({ running: 0 });
    expect(next.nodes.a).toEqual({
      counts: { entered: 10, waiting: 0 },
      took: { yes: 2, no: 1 },
    });
    expect(next.nodes.b?.counts).toEqual({ entered: 1 });
  });

  it("ignores an answer that came too late", () => {
    expect(laidOver(first, { revision: 2, leads: {}, nodes: {}, lateness_ms: {} })).toBe(first);
  });

  it("counts leads that left by the ports, or those that are no longer there", () => {
    const figures = first.nodes.a ?? NO_FIGURES;
    expect(leftBy(figures, "yes")).toBe(2);
    expect(leftBy(figures, "next")).toBe(6);
    expect(waitingAt(figures)).toBe(4);
    expect(leftBy(NO_FIGURES, "next")).toBe(0);
  });

  it("finds percentiles of lateness in the histogram's bounds", () => {
    expect(lateness(first, 0.5)).toBe(250);
    expect(lateness(first, 0.99)).toBe(1000);
    expect(lateness(NOTHING, 0.5)).toBeNull();
    expect(lateness({ ...first, latenessMs: { inf: 1 } }, 0.5)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("figures of a card", () => {
  const shown = (type: string, isOff: boolean, figures: NodeFigures) => {
    const { onCard, onDemand } = figuresShown(kindOf(type).figures, isOff, figures);
    return { onCard: onCard.map((it) => it.label), onDemand: onDemand.map((it) => it.label) };
  };
  const figures = { counts: { entered: 12, passed: 9, sent: 3, opened: 0 }, took: {} };

  it("show what was sent and clicked; the rest on demand", () => {
    expect(shown("sendEmail", false, figures)).toEqual({
      onCard: ["sent", "clicked"],
      onDemand: ["waiting", "sent", "opened", "clicked", "failed"],
    });
  });

  it("show failures only if there are any", () => {
    const failed = { counts: { ...figures.counts, failed: 1 }, took: {} };
    expect(shown("sendEmail", false, failed).onCard).toEqual(["sent", "clicked", "failed"]);
  });

  it("have nothing on demand if the card shows all of them", () => {
    for (const type of ["start", "wait", "condition", "split", "end"]) {
      const { onCard, onDemand } = shown(type, false, NO_FIGURES);
      expect([type, onCard.length, onDemand]).toEqual([type, 1, []]);
    }
  });

  it("show how many skipped a switched-off node, and on demand what happened there before", () => {
    expect(shown("sendEmail", true, figures)).toEqual({
      onCard: ["skipped"],
      onDemand: ["skipped", "sent"],
    });
    expect(shown("wait", true, NO_FIGURES)).toEqual({ onCard: ["skipped"], onDemand: [] });
  });

  it("mention bounces and complaints only if there are any", () => {
    const troubled: NodeFigures = { counts: { sent: 5, bounced: 2, complained: 1 }, took: {} };
    expect(shown("sendEmail", false, troubled).onDemand).toEqual([
      ...shown("sendEmail", false, NO_FIGURES).onDemand,
      "came back",
      "reported as spam",
    ]);
  });
});

describe("a lead's path", () => {
  const { canvas } = toCanvas({
    nodes: [
      { id: "start", type: "start" },
      { id: "asks", type: "condition", configuration: { mode: "behaviour" } },
      { id: "end", type: "end" },
    ],
    connections: [
      { from_node: "start", to_node: "asks" },
      { from_node: "asks", to_node: "end", from_port: "yes" },
      { from_node: "asks", to_node: "end", from_port: "no" },
    ],
  });

  it("takes the port that the timeline names, with its time and its reason", () => {
    const path = pathOf(
      {
        lead_id: "l",
        email: "ann@example.com",
        next_step: null,
        execution_path: ["start", "asks", "end"],
        timeline: [
          noted("2026-03-09T09:00:00Z", { kind: "entered", code: "entered", node_id: "start" }),
          noted("2026-03-09T10:00:00Z", { kind: "hit", code: "opened", node_id: "mail" }),
          noted("2026-03-10T09:00:00Z", {
            kind: "took",
            code: "took_not_opened",
            node_id: "asks",
            parameters: { email: { node_id: "mail", type: "sendEmail", title: "Hi" }, port: "no" },
            detail: { port: "no" },
          }),
        ],
      },
      canvas,
    );
    expect([...path.passages]).toEqual([
      ["start/next", { at: "2026-03-09T09:00:00Z", why: null }],
      ["asks/no", { at: "2026-03-10T09:00:00Z", why: "Did not open Hi: took no" }],
    ]);
  });
});

type Item = Schemas["TimelineView"];

function noted(at: string, item: Pick<Item, "kind" | "code" | "node_id"> & Partial<Item>): Item {
  return { at, parameters: {}, words: "", detail: {}, ...item };
}
