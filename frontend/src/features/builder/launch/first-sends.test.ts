import { describe, expect, it } from "vitest";
import { toCanvas } from "../model/codec";
import { toggle } from "../model/commands";
import { firstSends } from "./first-sends";

const mail = (id: string) => ({
  id,
  type: "sendEmail",
  configuration: { subject: `Subject of ${id}`, body: "x" },
});
const clicked = (email_node: string) => ({
  id: "asks",
  type: "condition",
  configuration: {
    mode: "behaviour",
    event: "clicked",
    email_node,
    within: { amount: 2, unit: "days" },
  },
});
const { canvas } = toCanvas({
  nodes: [
    { id: "start", type: "start" },
    { id: "wait", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
    mail("hello"),
    clicked("hello"),
    mail("thanks"),
    mail("again"),
  ],
  connections: [
    { from_node: "start", to_node: "wait" },
    { from_node: "wait", to_node: "hello" },
    { from_node: "hello", to_node: "asks" },
    { from_node: "asks", to_node: "thanks", from_port: "yes" },
    { from_node: "asks", to_node: "again", from_port: "no" },
  ],
});
const told = (...off: string[]) =>
  firstSends(toggle(canvas, new Set(off))).map((it) => `${it.email} ${it.when}`);

describe("the first e-mails", () => {
  it("are the first on each branch", () => {
    expect(told()).toEqual(["Subject of hello 3 days after the launch"]);
  });

  it("do not wait for switched-off nodes", () => {
    expect(told("wait")).toEqual(["Subject of hello immediately"]);
  });

  it("are never switched off: leads skip those, and leave by no if a condition asks about them", () => {
    expect(told("hello")).toEqual(["Subject of again 3 days after the launch"]);
    expect(told("hello", "again")).toEqual([]);
  });
});
