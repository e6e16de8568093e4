import { describe, expect, it } from "vitest";
import { joined, keyOf, parametersOf, type Question, queryOf, questionsIn } from "./policy";

const ORDER: Question = {
  code: "date_order_doubtful",
  field: "date_order",
  column: "due",
  message: "Say which.",
  choices: [],
  proposed: "dmy",
};

describe("decisions", () => {
  it("become the parameters of an import", () => {
    const decisions = {
      sheet: "Old & new",
      encoding: "cp1250",
      header_line: "0",
      address_column: "2",
      "date_order.due": "dmy",
      "date_order.a:b": "mdy",
      known: "update",
    };
    expect(parametersOf(decisions)).toEqual({
      sheet: "Old & new",
      encoding: "cp1250",
      header_line: 0,
      address_column: 2,
      date_order: ["due:dmy", "a:b:mdy"],
      known: "update",
    });
    expect(queryOf({ "date_order.due": "dmy", encoding: "cp1250" })).toBe(
      "?date_order=due%3Admy&encoding=cp1250",
    );
    expect(queryOf({})).toBe("");
    expect(queryOf({ known: "keep" })).toBe("");
  });
});

describe("questions", () => {
  it("stay where they were when they come again", () => {
    const other = { ...ORDER, field: "encoding", column: null };
    const again = { ...ORDER, message: "Again." };
    expect(joined([ORDER, other], [again])).toEqual([again, other]);
    expect([ORDER, other].map(keyOf)).toEqual(["date_order.due", "encoding"]);
  });

  it("are found in the refusal of a whole file", () => {
    const errors = [
      { field: "date_order.due", code: "date_order_doubtful", message: "Say which." },
      { field: "encoding", code: "encoding_doubtful", message: "Say it." },
    ];
    expect(questionsIn(errors).map(keyOf)).toEqual(["date_order.due"]);
  });
});
