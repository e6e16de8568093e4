"use client";

import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo } from "react";
import { classNames } from "@/shared/class-names";
import { useEditor } from "../context";
import { texts } from "../texts";
import type { NoteCard as NoteElement } from "./elements";

/** A sticky note: text for colleagues, without meaning for the flow. */
export const NoteCard = memo(function NoteCard({ id, data, selected }: NodeProps<NoteElement>) {
  const changeNote = useEditor((it) => it.changeNote);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  return (
    <div
      className={classNames(
        "h-full w-full rounded-card border bg-waiting-soft p-2 pt-5",
        selected ? "border-accent" : "border-transparent",
      )}
    >
      <NodeResizer
        isVisible={selected && !isReadOnly}
        minWidth={120}
        minHeight={72}
        color="var(--accent)"
      />
      <textarea
        aria-label={texts.note}
        data-note={id}
        value={data.note.text}
        readOnly={isReadOnly}
        placeholder={texts.noteHint}
        onChange={(event) => changeNote(id, { text: event.target.value })}
        className="nodrag nowheel h-full w-full resize-none bg-transparent px-1 text-dense text-ink outline-none"
      />
    </div>
  );
});
