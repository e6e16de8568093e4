"use client";

import { StickyNote } from "lucide-react";
import type { DragEvent } from "react";
import type { NodeType } from "@/entities/flow/document";
import { OFFERED, REGISTRY } from "@/entities/flow/nodes/registry";
import { texts } from "../texts";

export const DRAG_KIND = "application/x-emailbuilder-node";

const ITEM =
  "flex h-8 w-full cursor-grab items-center gap-2.5 rounded-control px-2 text-dense text-ink-soft transition-colors duration-150 hover:bg-sunken hover:text-ink active:cursor-grabbing";

/** The kinds of nodes: drag one onto an edge or a card, or click it to add it after the selected
 * node. */
export function Palette({
  onAdd,
  onNote,
}: {
  onAdd: (type: NodeType) => void;
  onNote: () => void;
}) {
  const drag = (type: string) => (event: DragEvent) => {
    event.dataTransfer.setData(DRAG_KIND, type);
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <section
      aria-label={texts.palette}
      className="w-36 rounded-card border border-line bg-raised p-1 shadow-float"
    >
      {OFFERED.map((type) => {
        const { name, about, icon: Icon, hue } = REGISTRY[type];
        return (
          <button
            key={type}
            type="button"
            draggable
            title={about}
            className={ITEM}
            onDragStart={drag(type)}
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
        draggable
        title={texts.noteAbout}
        className={ITEM}
        onDragStart={drag("note")}
        onClick={onNote}
      >
        <StickyNote size={16} aria-hidden />
        {texts.note}
      </button>
    </section>
  );
}
