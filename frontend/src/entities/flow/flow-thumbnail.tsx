import { classNames } from "@/shared/class-names";
import { type SketchNode, sketch } from "./flow-sketch";
import { kindOf } from "./nodes/registry";

const WIDE = 44;
const TALL = 14;
const STEP_X = 56;
const STEP_Y = 26;

const middle = (it: SketchNode) => it.column * STEP_X + WIDE / 2;

/** A flow as a small picture, drawn from the flow itself. Decorative: its name is beside it. */
export function FlowThumbnail({
  flow,
  className,
}: {
  flow: { nodes?: unknown; connections?: unknown };
  className?: string;
}) {
  const { nodes, lines, columns, rows } = sketch(flow);
  const width = (columns - 1) * STEP_X + WIDE;
  const height = (rows - 1) * STEP_Y + TALL;
  return (
    <svg
      aria-hidden
      viewBox={`-1 -1 ${width + 2} ${height + 2}`}
      className={classNames("block", className)}
      preserveAspectRatio="xMidYMid meet"
    >
      {lines.map(({ from, to }) => {
        const [x, y, x2, y2] = [
          middle(from),
          from.row * STEP_Y + TALL,
          middle(to),
          to.row * STEP_Y,
        ];
        const bend = (y2 - y) / 2;
        return (
          <path
            key={`${from.id}>${to.id}`}
            d={`M${x} ${y}C${x} ${y + bend} ${x2} ${y2 - bend} ${x2} ${y2}`}
            fill="none"
            className="stroke-line-strong"
            strokeWidth={1}
          />
        );
      })}
      {nodes.map((it) => {
        const [x, y] = [it.column * STEP_X, it.row * STEP_Y];
        const isEnd = it.type === "start" || it.type === "end";
        return (
          <g key={it.id}>
            <rect
              x={x + (isEnd ? WIDE / 4 : 0)}
              y={y}
              width={isEnd ? WIDE / 2 : WIDE}
              height={TALL}
              rx={isEnd ? TALL / 2 : 3}
              className="fill-raised stroke-line-strong"
              strokeWidth={1}
              strokeDasharray={it.isOff ? "3 2" : undefined}
            />
            {isEnd ? null : (
              <rect
                x={x + 0.5}
                y={y + 0.5}
                width={3}
                height={TALL - 1}
                rx={1.5}
                fill={it.isOff ? "var(--line-strong)" : kindOf(it.type).hue}
              />
            )}
            {isEnd ? null : (
              <line
                x1={x + 9}
                x2={x + WIDE - 9}
                y1={y + TALL / 2}
                y2={y + TALL / 2}
                className="stroke-line"
                strokeWidth={2}
                strokeLinecap="round"
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
