"use client";

import { useQuery } from "@tanstack/react-query";
import { useCanvas, useEditor } from "../context";
import { toCanvas } from "../model/codec";
import { texts } from "../texts";

const OFFERED = 3;

/** Shown in an empty flow: start with the "+", or with one of these. Each is one undo step. */
export function StartersShown() {
  const canvas = useCanvas();
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const isEmpty = canvas.nodes.length === 1 && canvas.nodes[0]?.type === "start";
  return isEmpty && !isReadOnly ? <Starters /> : null;
}

/** Loaded only here, because their mails are larger than the rest of the page. */
async function load() {
  const [{ STARTERS, sizeOf }, { FlowThumbnail }] = await Promise.all([
    import("@/entities/flow/starters"),
    import("@/entities/flow/flow-thumbnail"),
  ]);
  return { starters: STARTERS.slice(0, OFFERED), sizeOf, FlowThumbnail };
}

function Starters() {
  const change = useEditor((it) => it.change);
  const { data } = useQuery({
    queryKey: ["starters"],
    queryFn: load,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!data) {
    return null;
  }
  const { starters, sizeOf, FlowThumbnail } = data;
  return (
    <section
      aria-label={texts.starters}
      className="pointer-events-none absolute inset-x-0 top-48 bottom-0 z-10 flex flex-col items-center gap-3 overflow-y-auto px-4 py-6"
    >
      <h2 className="text-dense text-ink-soft">{texts.startersAbout}</h2>
      <ul className="flex flex-wrap justify-center gap-3">
        {starters.map((it) => (
          <li key={it.name}>
            <button
              type="button"
              onClick={() => {
                const { nodes, connections } = it;
                change(toCanvas({ nodes, connections }).canvas);
              }}
              className="pointer-events-auto flex w-52 flex-col gap-1 rounded-card border border-line-strong bg-raised p-3 text-left transition-colors duration-150 hover:border-accent"
            >
              <FlowThumbnail flow={it} className="mb-1 h-28 w-full" />
              <span className="font-medium">{it.name}</span>
              <span className="text-caption text-ink-faint">{sizeOf(it)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
