"use client";

import { type ConnectionLineComponentProps, useStore, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import { useCanvas, useEditor } from "../context";
import type { Element } from "./elements";
import { type Loose, REACH_PX, takerAt } from "./linking";
import { looseRoute } from "./route";

/** A connection while it is drawn: it snaps to the card that would take it, which is marked. */
export function ConnectionLine({
  fromX,
  fromY,
  toX,
  toY,
  fromNode,
  fromHandle,
}: ConnectionLineComponentProps<Element>) {
  const canvas = useCanvas();
  const places = useEditor((it) => it.layout.places);
  const zoom = useStore((it) => it.transform[2]);
  const store = useStoreApi();
  const loose: Loose = {
    from: fromNode.id,
    port: fromHandle.type === "source" ? (fromHandle.id ?? "next") : null,
  };
  const taker = takerAt(canvas, places, loose, { x: toX, y: toY }, REACH_PX / zoom);
  const marked = taker?.id;
  useEffect(() => {
    if (marked === undefined) {
      return;
    }
    const host = store.getState().domNode;
    const card = host?.querySelector(`.react-flow__node[data-id="${CSS.escape(marked)}"]`);
    card?.setAttribute("data-takes", "");
    return () => card?.removeAttribute("data-takes");
  }, [marked, store]);
  const end = taker?.end ?? { x: toX, y: toY };
  return (
    <path
      d={looseRoute({ x: fromX, y: fromY }, end, loose.port === null)}
      fill="none"
      stroke="var(--accent)"
      strokeWidth={2}
      strokeDasharray={taker ? undefined : "5 4"}
    />
  );
}
