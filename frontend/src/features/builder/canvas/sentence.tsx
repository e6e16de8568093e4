import type { Phrase } from "@/entities/flow/phrase";

/**
 * A phrase on one line, in which names stand out. If the line is too short, the names are
 * truncated, each at the end of its own writing direction.
 */
export function Sentence({ phrase }: { phrase: Phrase }) {
  const hasName = phrase.some((it) => typeof it !== "string");
  return (
    <span className="flex overflow-hidden whitespace-pre">
      {phrase.map((it, place) =>
        typeof it === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no ids and never move
          <span key={place} className={hasName ? "shrink-0" : "truncate"}>
            {it}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no ids and never move
          <bdi key={place} className="truncate font-semibold">
            {it.name}
          </bdi>
        ),
      )}
    </span>
  );
}
