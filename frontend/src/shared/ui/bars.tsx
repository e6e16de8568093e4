import { count } from "@/shared/numbers";

interface BarsProps {
  /** Oldest first. */
  values: readonly number[];
  /** What is counted, and for which periods: "Sends on each of the last 14 days". */
  about: string;
  width?: number;
  height?: number;
  /** The label of one bar, for its tooltip. */
  nameOf?: (place: number) => string;
}

const GAP = 2;

/** The height of a bar: values above zero stay visible beside a very large one. */
export function barHeight(value: number, most: number, height: number): number {
  return value === 0 || most === 0 ? 0 : Math.max(2, (value / most) * height);
}

/** A row of small bars on one baseline: values over time, without axes. */
export function Bars({ values, about, width = 96, height = 20, nameOf }: BarsProps) {
  const most = Math.max(0, ...values);
  const sum = values.reduce((before, it) => before + it, 0);
  const step = width / Math.max(1, values.length);
  return (
    <svg
      role="img"
      aria-label={`${about}: ${count(sum)} in all, ${count(most)} at most`}
      viewBox={`0 0 ${width} ${height + 1}`}
      width={width}
      height={height + 1}
      className="block max-w-full"
    >
      <line
        x1={0}
        x2={width}
        y1={height + 0.5}
        y2={height + 0.5}
        className="stroke-line"
        strokeWidth={1}
      />
      {values.map((value, place) => {
        const tall = barHeight(value, most, height);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is identified by its place
          <g key={place}>
            <rect
              x={place * step}
              y={height - tall}
              width={Math.max(1, step - GAP)}
              height={tall}
              rx={1}
              className="fill-accent"
            />
            {nameOf ? (
              <rect x={place * step} y={0} width={step} height={height} fill="transparent">
                <title>{`${nameOf(place)}: ${count(value)}`}</title>
              </rect>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
