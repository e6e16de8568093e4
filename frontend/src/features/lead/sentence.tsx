import { Fragment } from "react";
import type { Phrase } from "@/entities/flow/phrase";

/** Names are shown as plain text, never as markup. */
export function Sentence({ phrase }: { phrase: Phrase }) {
  return (
    <span>
      {phrase.map((part, place) =>
        typeof part === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a sentence changes as a whole
          <Fragment key={place}>{part}</Fragment>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <strong key={place} className="font-semibold">
            <bdi>{part.name}</bdi>
          </strong>
        ),
      )}
    </span>
  );
}
