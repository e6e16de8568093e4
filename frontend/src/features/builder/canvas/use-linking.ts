"use client";

import { type OnConnectEnd, type OnConnectStart, useReactFlow } from "@xyflow/react";
import { useCallback, useState } from "react";
import { useWorkbench } from "../context";
import { type Loose, REACH_PX, takerAt } from "./linking";

/** Connections drawn by mouse: dropped on a card, or near its port, they are made; dropped beside
 * all cards, the picker opens there. */
export function useLinking() {
  const { editor } = useWorkbench();
  const { screenToFlowPosition, getZoom } = useReactFlow();
  const [loose, setLoose] = useState<Loose | null>(null);
  const onConnectStart = useCallback<OnConnectStart>((_, { nodeId, handleId, handleType }) => {
    if (nodeId !== null) {
      setLoose({ from: nodeId, port: handleType === "source" ? (handleId ?? "next") : null });
    }
  }, []);
  const onConnectEnd = useCallback<OnConnectEnd>(
    (event, { fromHandle }) => {
      setLoose(null);
      const at = "clientX" in event ? event : event.changedTouches[0];
      if (!fromHandle || !at) {
        return;
      }
      const { history, layout, connect, openPicker } = editor.getState();
      const mouse = { x: at.clientX, y: at.clientY };
      const port = fromHandle.type === "source" ? (fromHandle.id ?? "next") : null;
      const taker = takerAt(
        history.present,
        layout.places,
        { from: fromHandle.nodeId, port },
        screenToFlowPosition(mouse),
        REACH_PX / getZoom(),
      );
      if (taker) {
        connect(taker.at, taker.to);
      } else if (port !== null && isBesideCards(mouse)) {
        openPicker({ from: fromHandle.nodeId, port, at: mouse });
      }
    },
    [editor, screenToFlowPosition, getZoom],
  );
  return { loose, onConnectStart, onConnectEnd };
}

function isBesideCards({ x, y }: { x: number; y: number }): boolean {
  const under = document.elementFromPoint(x, y);
  return under?.closest(".react-flow") != null && !under.closest(".react-flow__node-card");
}
