import type { Phrase } from "@/entities/flow/phrase";

/** A phrase on two lines at most, in which names stand out. */
export function Sentence({ phrase }: { phrase: Phrase }) {
  return (
    <span className="line-clamp-2 [overflow-wrap:anywhere]">
      {phrase.map((it, place) =>
        typeof it === "string" ? (
          it
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no ids and never move
          <bdi key={place} className="font-semibold">
            {it.name}
          </bdi>
        ),
      )}
    </span>
  );
}
