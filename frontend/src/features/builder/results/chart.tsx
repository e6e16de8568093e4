"use client";

import {
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { Schemas } from "@/shared/api/client";
import { count } from "@/shared/numbers";
import { momentOf } from "./moments";
import type { Unit } from "./requests";
import { texts } from "./texts";

/** Told apart by dashes as well as by colour. */
const LINES = [
  { what: "sent", colour: "var(--sent)", dashes: "" },
  { what: "opened", colour: "var(--unknown)", dashes: "6 4" },
  { what: "clicked", colour: "var(--waiting)", dashes: "2 3" },
] as const;

interface ChartProps {
  points: readonly Schemas["PointView"][];
  unit: Unit;
  className: string;
}

/** For the eye; the table beside it has the same figures. */
export function Chart({ points, unit, className }: ChartProps) {
  return (
    <>
      <ul className="flex flex-wrap gap-x-5 gap-y-1 px-2 pb-2 text-dense">
        {LINES.map((it) => (
          <li key={it.what} className="flex items-center gap-2">
            <svg width={24} height={8} aria-hidden>
              <line
                x1={0}
                x2={24}
                y1={4}
                y2={4}
                stroke={it.colour}
                strokeWidth={2}
                strokeDasharray={it.dashes}
              />
            </svg>
            {texts[it.what]}
          </li>
        ))}
      </ul>
      <div className={className}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart
            data={[...points]}
            margin={{ top: 8, right: 16, bottom: 4, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="at"
              tickFormatter={(at: string) => momentOf(at, unit)}
              tick={{ fill: "var(--ink-soft)", fontSize: 12 }}
              stroke="var(--line-strong)"
              minTickGap={48}
            />
            <YAxis
              allowDecimals={false}
              tickFormatter={count}
              tick={{ fill: "var(--ink-soft)", fontSize: 12 }}
              stroke="var(--line-strong)"
              width={56}
            />
            <Tooltip
              labelFormatter={(at) => momentOf(String(at), unit)}
              formatter={(value) => count(Number(value))}
              contentStyle={{
                background: "var(--raised)",
                border: "1px solid var(--line)",
                borderRadius: 6,
                color: "var(--ink)",
              }}
              itemStyle={{ color: "var(--ink)" }}
            />
            {LINES.map((it) => (
              <Line
                key={it.what}
                dataKey={it.what}
                name={texts[it.what]}
                stroke={it.colour}
                strokeDasharray={it.dashes}
                strokeWidth={2}
                dot={points.length === 1}
                type="linear"
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </>
  );
}
