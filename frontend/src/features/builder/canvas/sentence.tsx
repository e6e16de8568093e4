import type { Words } from "../model/words";

/**
 * Words in which names stand out, on one line. A name that is too long ends where its own script
 * ends, not where ours would.
 */
export function Sentence({ words }: { words: Words }) {
  return (
    <span className="flex whitespace-pre">
      {words.map((it, place) =>
        typeof it === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no names and never move
          <span key={place} className="truncate">
            {it}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no names and never move
          <bdi key={place} className="shrink-[99] truncate font-semibold">
            {it.name}
          </bdi>
        ),
      )}
    </span>
  );
}
