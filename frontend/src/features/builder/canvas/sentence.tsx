import type { Words } from "../model/words";

/** Words in which names stand out. */
export function Sentence({ words }: { words: Words }) {
  return (
    <>
      {words.map((it, place) =>
        typeof it === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no names and never move
          <span key={place}>{it}</span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no names and never move
          <bdi key={place} className="font-semibold">
            {it.name}
          </bdi>
        ),
      )}
    </>
  );
}
