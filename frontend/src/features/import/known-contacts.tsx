"use client";

import { useId } from "react";
import { useTotal } from "@/entities/contact/requests";
import type { Known } from "./policy";
import { texts } from "./texts";
import type { Preview } from "./use-preview";

interface KnownContactsProps {
  campaignId: string;
  preview: Preview;
  known: Known;
  onChoose: (known: Known) => void;
}

/** What happens to contacts that the campaign has already. Asked if there are any, or may be. */
export function KnownContacts({ campaignId, preview, known, onChoose }: KnownContactsProps) {
  const name = useId();
  const { changed, entered } = preview.counts;
  // The rest of a large file may have some.
  const isOpen = changed === 0 && preview.is_part;
  const total = useTotal(campaignId, isOpen) ?? 0;
  if (changed === 0 && !(isOpen && total > 0)) {
    return null;
  }
  return (
    <fieldset className="flex flex-col gap-1.5 rounded-control border border-line-strong px-4 py-3">
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
