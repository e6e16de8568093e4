"use client";

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { Plus } from "lucide-react";
import { type CSSProperties, type MouseEvent, memo, useState } from "react";
import { kindOf } from "@/entities/flow/nodes/registry";
import { plain } from "@/entities/flow/phrase";
import { classNames } from "@/shared/class-names";
import { useEditor, useFindingsOf, useWorkbench } from "../context";
import { FOOT_HEIGHT, LiveFoot } from "../live/live-foot";
import { useIsLive } from "../live/use-live";
import { useIsDimmed } from "../live/use-path";
import { CARD } from "../model/layout";
import { texts } from "../texts";
import type { Card, OpenPort } from "./elements";
import { portX } from "./route";
import { Sentence } from "./sentence";

/** One node: what it does in two lines, a spine that shows its kind, and its ports. */
export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<Card>) {
  const { editor } = useWorkbench();
  const isFocus = useEditor((it) => it.focus === id);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const isLive = useIsLive();
  const isDimmed = useIsDimmed(id);
  // Ports listen to everything on the canvas, so only those that can be reached are active.
  const [isOver, setIsOver] = useState(false);
  const hasDots = !isReadOnly && (isOver || selected);
  const findings = useFindingsOf(id);
  const errors = findings.filter((it) => it.severity === "error");
  const kind = kindOf(data.type);
  const Icon = kind.icon;
  const problem = errors[0]?.message;
  const name = [
    kind.name,
    plain(data.title),
    data.isOff && texts.offNote,
    data.line,
    data.time && texts.reachedOn(data.time),
    problem,
  ];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only shows what is there
    <div
      onMouseEnter={() => setIsOver(true)}
      onMouseLeave={() => setIsOver(false)}
      className={classNames(
        "relative h-full w-full transition-opacity duration-150",
        isDimmed && "opacity-30",
      )}
    >
      <div
        className={classNames(
          "card-face relative h-full w-full rounded-card border bg-raised transition-[border-color,box-shadow] duration-150",
          selected
            ? "border-accent shadow-[0_0_0_1px_var(--accent)]"
            : "border-line-strong hover:border-ink-faint",
          data.isOff && "is-off",
        )}
      >
        <span
          aria-hidden
          className="absolute inset-y-0 left-0 w-[3px] rounded-l-[7px]"
          style={{ background: data.isOff ? "var(--line-strong)" : kind.hue }}
        />
        <button
          type="button"
          data-card={id}
          tabIndex={isFocus ? 0 : -1}
          aria-pressed={selected}
          aria-label={name.filter(Boolean).join(". ")}
          title={problem}
          onFocus={() => {
            if (editor.getState().focus !== id) {
              editor.setState({ focus: id });
            }
          }}
          style={{ height: CARD.height - 2 - (isLive ? FOOT_HEIGHT : 0) }}
          className="flex w-full cursor-pointer items-center gap-3 rounded-[7px] pr-3 pl-4 text-left outline-none"
        >
          <Icon
            size={16}
            aria-hidden
            className="shrink-0"
            style={{ color: data.isOff ? "var(--ink-faint)" : kind.hue }}
          />
          <span className={classNames("min-w-0 flex-1", isLive && "max-h-10 overflow-hidden")}>
            <span className="flex items-center gap-2 leading-5">
              <span className={classNames("min-w-0", data.isOff && "text-ink-soft")}>
                <Sentence phrase={data.title} />
              </span>
              {data.isOff ? <span className="off-mark">{texts.off}</span> : null}
            </span>
            <span className="flex gap-2 text-caption text-ink-faint leading-4">
              <span className="min-w-0 flex-1 truncate">{data.line}</span>
              {data.time ? <span className="shrink-0 tabular-nums">{data.time}</span> : null}
            </span>
          </span>
        </button>
        {isLive ? <LiveFoot id={id} type={data.type} isOff={data.isOff} isFocus={isFocus} /> : null}
      </div>
      {errors.length > 0 ? (
        <span
          aria-hidden
          className="absolute -top-1 -right-1 size-2.5 rounded-full bg-failed ring-2 ring-canvas"
        />
      ) : null}
      {data.hasEntry ? <Dot type="target" x={CARD.width / 2} isAwake={hasDots} /> : null}
      {data.ports.map((port) => (
        <Dot key={port} type="source" port={port} x={portX(data.ports, port)} isAwake={hasDots} />
      ))}
      {isReadOnly
        ? null
        : data.open.map((it) => (
            <Open
              key={it.port}
              id={id}
              open={it}
              x={portX(data.ports, it.port)}
              title={plain(data.title)}
            />
          ))}
    </div>
  );
});

/**
 * A port. While inactive it is a mark of the same place and size, from which the library measures
 * where edges begin and end.
 */
function Dot({
  type,
  port,
  x,
  isAwake,
}: {
  type: "source" | "target";
  port?: string;
  x: number;
  isAwake: boolean;
}) {
  const style: CSSProperties = { left: x };
  const position = type === "source" ? Position.Bottom : Position.Top;
  if (!isAwake) {
    return (
      <span
        aria-hidden
        data-handleid={port}
        data-handlepos={position}
        style={style}
        className={`react-flow__handle react-flow__handle-${position} port-dot ${type}`}
      />
    );
  }
  return (
    <Handle
      type={type}
      position={position}
      {...(port === undefined ? {} : { id: port })}
      style={style}
      className="port-dot"
    />
  );
}

/** An exit that leads nowhere yet: a stub with its name, and a "+" that is always visible. */
function Open({ id, open, x, title }: { id: string; open: OpenPort; x: number; title: string }) {
  const openPicker = useEditor((it) => it.openPicker);
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    event.stopPropagation();
    const { left, bottom } = event.currentTarget.getBoundingClientRect();
    openPicker({ from: id, port: open.port, at: { x: left, y: bottom + 4 } });
  };
  return (
    <div
      className="pointer-events-none absolute top-full flex -translate-x-1/2 flex-col items-center"
      style={{ left: x }}
    >
      <span aria-hidden className="h-2 w-[1.5px] bg-line-strong" />
      {open.label ? (
        <>
          <Pill figure={open.share} isNarrow>
            {open.label}
          </Pill>
          <span aria-hidden className="h-1.5 w-[1.5px] bg-line-strong" />
        </>
      ) : null}
      {/* Also dragged: from here to the card that follows. */}
      <Handle
        type="source"
        position={Position.Bottom}
        id={open.port}
        className="open-port nodrag nopan pointer-events-auto"
      >
        <button
          type="button"
          tabIndex={-1}
          data-port={`${id}/${open.port}`}
          aria-label={texts.addAfter(title, open.label)}
          onClick={click}
          className="flex size-6 items-center justify-center rounded-full border border-line-strong border-dashed bg-surface text-ink-soft transition-colors duration-150 hover:border-accent hover:border-solid hover:bg-accent hover:text-on-accent"
        >
          <Plus size={14} aria-hidden />
        </button>
      </Handle>
    </div>
  );
}

/** A name, which may be cut, and a figure, which is not. */
export function Pill({
  children,
  figure = null,
  title = null,
  isNarrow = false,
}: {
  children: string;
  figure?: string | null;
  title?: string | null;
  /** Where another label may be close. */
  isNarrow?: boolean;
}) {
  return (
    <span
      title={title ?? undefined}
      className={classNames(
        "flex whitespace-pre rounded-full border border-line-strong bg-raised px-2 text-caption text-ink-soft leading-[18px] tabular-nums",
        isNarrow ? "max-w-31" : "max-w-52",
      )}
    >
      <span className="truncate">{children}</span>
      {figure ? <span className="shrink-0"> · {figure}</span> : null}
    </span>
  );
}
