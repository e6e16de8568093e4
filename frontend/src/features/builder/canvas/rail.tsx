"use client";

import { MiniMap } from "@xyflow/react";
import { StickyNote } from "lucide-react";
import type { DragEvent } from "react";
import type { NodeType } from "@/entities/flow/document";
import { OFFERED, REGISTRY } from "@/entities/flow/nodes/registry";
import { useEditor } from "../context";
import { texts } from "../texts";

export const DRAG_KIND = "application/x-emailbuilder-node";

const ITEM =
  "flex h-8 w-full shrink-0 cursor-grab items-center gap-2.5 rounded-control px-2 text-dense text-ink-soft transition-colors duration-150 hover:bg-sunken hover:text-ink active:cursor-grabbing";

const RAIL = "flex w-36 shrink-0 flex-col gap-0.5 border-line bg-surface p-2 max-md:hidden";

/**
 * Beside the canvas, so that it covers nothing: the kinds of nodes and the map. Drag a kind onto an
 * edge, a "+" or a card, or click it to add it after the selected node.
 */
export function Rail({
  onAdd,
  onNote,
  hasMap,
}: {
  onAdd: (type: NodeType) => void;
  onNote: () => void;
  hasMap: boolean;
}) {
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const setPlacing = useEditor((it) => it.setPlacing);
  if (isReadOnly) {
    // At the right, so that the flow does not move when the map comes and goes.
    return hasMap ? (
      <div className={`${RAIL} order-last justify-end border-l`}>
        <FlowMap />
      </div>
    ) : null;
  }
  const drag = (type: string) => ({
    draggable: true,
    onDragStart: (event: DragEvent) => {
      event.dataTransfer.setData(DRAG_KIND, type);
      event.dataTransfer.effectAllowed = "copy";
      // Changing the page at once would end the drag in some browsers.
      setTimeout(() => setPlacing(true));
    },
    onDragEnd: () => setPlacing(false),
  });
  return (
    <div className={`${RAIL} overflow-y-auto border-r`}>
      <section aria-label={texts.palette} className="flex flex-col gap-0.5">
        {OFFERED.map((type) => {
          const { name, about, icon: Icon, hue } = REGISTRY[type];
          return (
            <button
              key={type}
              type="button"
              title={about}
              className={ITEM}
              {...drag(type)}
              onClick={() => onAdd(type)}
            >
              <Icon size={16} aria-hidden style={{ color: hue }} />
              {name}
            </button>
          );
        })}
        <hr className="my-1 border-line" />
        <button
          type="button"
          title={texts.noteAbout}
          className={ITEM}
          {...drag("note")}
          onClick={onNote}
        >
          <StickyNote size={16} aria-hidden />
          {texts.note}
        </button>
      </section>
      {hasMap ? (
        <div className="mt-auto pt-2">
          <FlowMap />
        </div>
      ) : null}
    </div>
  );
}

function FlowMap() {
  return (
    <MiniMap
      pannable
      zoomable
      ariaLabel={texts.map}
      nodeBorderRadius={4}
      style={{ position: "static", width: 126, height: 96, margin: 0 }}
      className="overflow-hidden rounded-control border border-line-strong"
    />
  );
}
