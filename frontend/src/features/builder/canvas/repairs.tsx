"use client";

import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { texts } from "../texts";

/** The repairs that were made when the flow was opened; they are saved only with the next
 * change. */
export function Repairs({ repairs }: { repairs: readonly string[] }) {
  const [isSeen, setIsSeen] = useState(repairs.length === 0);
  if (isSeen) {
    return null;
  }
  return (
    <section
      aria-label={texts.repairs}
      className="absolute top-3 right-3 z-20 max-h-64 w-80 overflow-y-auto rounded-card border border-line-strong bg-raised p-4 text-dense shadow-float"
    >
      <h2 className="font-semibold">{texts.repaired(repairs.length)}</h2>
      <p className="mt-1 text-ink-soft">{texts.repairsAbout}</p>
      <ul className="mt-2 list-disc pl-4">
        {repairs.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
      <Button className="mt-3" onClick={() => setIsSeen(true)}>
        {texts.good}
      </Button>
    </section>
  );
}
