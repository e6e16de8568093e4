import { expect, it } from "vitest";
import type { Schemas } from "@/shared/api/client";
import { rangeText, rateText, verdictText } from "./rates";

const rate = (count: number, of: number): Schemas["RateView"] => ({
  count,
  of,
  rate: of ? count / of : null,
  low: 0.137,
  high: 0.6942,
});

it("a rate has its range, and neither if there is nothing to divide by", () => {
  expect([rateText(rate(3, 8)), rangeText(rate(3, 8))]).toEqual(["37.5 %", "(13.7–69.4 %)"]);
  expect([rateText(rate(0, 0)), rangeText(rate(0, 0))]).toEqual(["–", ""]);
});

it("a verdict names both branches and the difference, or says that there is none yet", () => {
  const branch = { took: 8, sent: 8, bounced: 0, complained: 0, opened: 3, clicked: 3 };
  const rates = { opened: rate(3, 8), clicked: rate(3, 8), unsubscribed: rate(3, 8) };
  const split: Schemas["SplitResultView"] = {
    node_id: "s",
    name: "s",
    is_in_flow: true,
    branches: ["a", "b"].map((port) => ({
      ...branch,
      port,
      name: `Branch ${port}`,
      unsubscribed: 3,
      rates,
    })),
    verdicts: {
      opened: { better: "b", runner_up: "a", low: 0.021, high: 0.0845 },
      clicked: null,
      unsubscribed: null,
    },
  };
  expect(verdictText(split, "opened")).toBe(
    "Branch b does better than Branch a, by 2.1 to 8.5 percentage points",
  );
  expect(verdictText(split, "clicked")).toBe("not yet decided");
});
