import type { Phrase } from "@/entities/flow/phrase";

/**
 * A phrase in which names stand out, on one line. Where it is too short the names give way, and each
 * ends where its own script ends.
 */
export function Sentence({ phrase }: { phrase: Phrase }) {
  const hasName = phrase.some((it) => typeof it !== "string");
  return (
    <span className="flex overflow-hidden whitespace-pre">
      {phrase.map((it, place) =>
        typeof it === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no names and never move
          <span key={place} className={hasName ? "shrink-0" : "truncate"}>
            {it}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no names and never move
          <bdi key={place} className="truncate font-semibold">
            {it.name}
          </bdi>
        ),
      )}
    </span>
  );
}
