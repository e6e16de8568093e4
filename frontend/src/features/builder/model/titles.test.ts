import { describe, expect, it } from "vitest";
import { kindOf } from "@/entities/flow/nodes/registry";
import { plain } from "@/entities/flow/phrase";
import { toCanvas } from "./codec";
import { toggle } from "./commands";
import { elapsed, elapsedText, graphOf } from "./graph";
import { lineOf, portLabel, portName, portsOf, titleOf } from "./titles";

const { canvas } = toCanvas({
  nodes: [
    { id: "start", type: "start" },
    { id: "mail", type: "sendEmail", configuration: { subject: "Pricing", body: "x" } },
    { id: "wait", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
    {
      id: "asks",
      type: "condition",
      configuration: {
        mode: "behaviour",
        event: "clicked",
        email_node: "mail",
        within: { amount: 5, unit: "days" },
      },
    },
    { id: "yes", type: "end" },
    {
      id: "thirds",
      type: "split",
      configuration: {
        branches: [
          { port: "x", weight: 1, label: "No discount" },
          { port: "y", weight: 2 },
        ],
      },
    },
  ],
  connections: [
    { from_node: "start", to_node: "mail" },
    { from_node: "mail", to_node: "wait" },
    { from_node: "wait", to_node: "asks" },
    { from_node: "asks", to_node: "yes", from_port: "yes" },
    { from_node: "asks", to_node: "thirds", from_port: "no" },
  ],
});
const node = (id: string) => {
  const found = canvas.nodes.find((it) => it.id === id);
  if (!found) {
    throw new Error(id);
  }
  return found;
};

describe("titles", () => {
  it.each([
    [{ mode: "duration", amount: 3, unit: "days" }, "Wait 3 days", "From the moment they arrive"],
    [{ mode: "duration", amount: 1, unit: "weeks" }, "Wait 1 week", "From the moment they arrive"],
    [
      { mode: "weekday", weekdays: ["monday"], time: "09:00" },
      "Next Monday 09:00",
      "Contact's time zone",
    ],
    [
      {
        mode: "weekday",
        weekdays: ["monday", "tuesday", "wednesday", "thursday", "friday"],
        time: "08:30",
        zone: "campaign",
      },
      "Next workday 08:30",
      "Campaign's time zone",
    ],
    [
      { mode: "attribute", attribute: "renewal_date", offset: { amount: -14, unit: "days" } },
      "14 days before renewal_date",
      "09:00, contact's time zone",
    ],
    [
      { mode: "attribute", attribute: "birthday", occurs: "yearly" },
      "Wait until the next birthday",
      "09:00, contact's time zone",
    ],
    [{ mode: "duration" }, "Wait … days", "From the moment they arrive"],
    [{}, "Wait … days", "From the moment they arrive"],
  ])("says %j", (settings, title, line) => {
    expect(plain(kindOf("wait").title(settings, String))).toBe(title);
    expect(kindOf("wait").line(settings, String)).toBe(line);
  });

  it("names e-mails by their subject", () => {
    expect(plain(titleOf(node("mail"), canvas))).toBe("Send Pricing");
    expect(plain(titleOf(node("asks"), canvas))).toBe("Clicked Pricing?");
  });

  it("labels edges where a node has several branches", () => {
    expect(portLabel(node("wait"), "next")).toBeNull();
    expect(portLabel(node("asks"), "yes")).toBe("Yes");
    expect(portsOf(node("thirds")).map((it) => portLabel(node("thirds"), it))).toEqual([
      "No discount · 33.3 %",
      "Y · 66.7 %",
    ]);
    expect(portName(node("thirds"), "x")).toBe("No discount");
    expect(lineOf(node("thirds"), canvas)).toBe("No discount 33.3 % · Y 66.7 %");
  });

  it("counts the time since the start, a no at its deadline, a yes at the earliest", () => {
    const times = elapsed(graphOf(canvas));
    expect(elapsedText(times.get("mail"))).toBeNull();
    expect(elapsedText(times.get("asks"))).toBe("day 3");
    expect(elapsedText(times.get("yes"))).toBe("from day 3");
    expect(elapsedText(times.get("thirds"))).toBe("day 5");
  });

  it("does not count the time of switched-off nodes", () => {
    const times = elapsed(graphOf(toggle(canvas, new Set(["wait"]))));
    expect(elapsedText(times.get("asks"))).toBeNull();
    expect(elapsedText(times.get("thirds"))).toBe("day 5");
  });

  it("sends everybody by no, at once, if the e-mail asked about is off", () => {
    const times = elapsed(graphOf(toggle(canvas, new Set(["mail"]))));
    expect(elapsedText(times.get("thirds"))).toBe("day 3");
    expect(times.has("yes")).toBe(false);
  });
});
