"use client";

import { useId } from "react";
import type { Known } from "./policy";
import { texts } from "./texts";
import type { Preview } from "./use-preview";

interface KnownContactsProps {
  preview: Preview;
  known: Known;
  onChoose: (known: Known) => void;
}

/** What happens to contacts that the campaign has already. Asked if there are any, or may be. */
export function KnownContacts({ preview, known, onChoose }: KnownContactsProps) {
  const name = useId();
  const { changed, entered } = preview.counts;
  if (changed === 0 && !preview.is_part) {
    return null;
  }
  return (
    <fieldset className="flex flex-col gap-1.5 rounded-control border border-line px-4 py-3">
      <legend className="float-left mb-1.5 w-full font-semibold">{texts.knownContacts}</legend>
      {(["keep", "update"] as const).map((it) => (
        <label key={it} className="clear-both flex cursor-pointer items-baseline gap-2 text-dense">
          <input
            type="radio"
            name={name}
            className="translate-y-0.5 accent-accent"
            checked={known === it}
            onChange={() => onChoose(it)}
          />
          <span>
            {texts.known[it]} <span className="text-ink-faint">{texts.knownAbout[it]}</span>
          </span>
        </label>
      ))}
      {known === "update" && entered > 0 ? (
        <p className="mt-1 text-dense text-ink-soft">{texts.entered(entered)}</p>
      ) : null}
    </fieldset>
  );
}
