import { Fragment } from "react";

export interface SentencePart {
  text: string;
  isTitle: boolean;
}

/** The API's sentences hold titles between asterisks: what they are, never as markup. */
export function sentenceParts(sentence: string): SentencePart[] {
  const parts: SentencePart[] = [];
  let from = 0;
  for (const match of sentence.matchAll(/\*([^*\n]+)\*/g)) {
    if (match.index > from) {
      parts.push({ text: sentence.slice(from, match.index), isTitle: false });
    }
    parts.push({ text: match[1] ?? "", isTitle: true });
    from = match.index + match[0].length;
  }
  if (from < sentence.length) {
    parts.push({ text: sentence.slice(from), isTitle: false });
  }
  return parts;
}

/** What the story calls a node: an e-mail's subject as this contact got it. */
export function titleTold(
  items: readonly { node_id: string | null; kind: string; words: string }[],
  nodeId: string,
): string | undefined {
  const item = items.find((it) => it.node_id === nodeId && OF_MAILS.has(it.kind));
  return item && sentenceParts(item.words).find((part) => part.isTitle)?.text;
}

const OF_MAILS = new Set([
  "sending",
  "sent",
  "deferred",
  "rejected",
  "suppressed",
  "unknown",
  "passed",
]);

/** The same without the asterisks, for where only plain text can be. */
export function plainSentence(sentence: string): string {
  return sentenceParts(sentence)
    .map((part) => part.text)
    .join("");
}

export function Sentence({ sentence }: { sentence: string }) {
  return (
    <span>
      {sentenceParts(sentence).map((part, place) =>
        part.isTitle ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, always all anew
          <strong key={place} className="font-semibold">
            <bdi>{part.text}</bdi>
          </strong>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Fragment key={place}>{part.text}</Fragment>
        ),
      )}
    </span>
  );
}
