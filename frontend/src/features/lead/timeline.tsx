"use client";

import { User } from "lucide-react";
import { useState } from "react";
import { type NextStep, nextSentence, sentenceOf } from "@/entities/lead/timeline";
import type { Schemas } from "@/shared/api/client";
import { classNames } from "@/shared/class-names";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import type { Hue } from "@/shared/ui/status";
import { Sentence } from "./sentence";
import { texts } from "./texts";

type Item = Schemas["TimelineView"];

const SHOWN_AT_FIRST = 100;

const HUES: Record<string, Hue> = {
  sending: "running",
  sent: "sent",
  deferred: "waiting",
  rejected: "failed",
  unrenderable: "failed",
  unknown: "unknown",
  hit: "running",
};

const DOTS: Record<Hue, string> = {
  waiting: "bg-waiting rounded-full",
  running: "bg-running rounded-full",
  sent: "bg-sent rounded-full",
  failed: "bg-failed rotate-45",
  unknown: "bg-unknown rounded-[2px]",
  neutral: "bg-line-strong rounded-full",
};

/** What a person did, as opposed to the flow. */
const BY_PEOPLE = new Set(["decided", "skipped", "moved", "moved_to_version", "retried"]);

function hueOf(item: Item): Hue {
  if (item.code.startsWith("failed_")) {
    return "failed";
  }
  return HUES[item.kind] ?? "neutral";
}

/** What happened and why, oldest first; what comes next is at the end. */
export function Timeline({ items, next }: { items: Item[]; next: NextStep | null }) {
  const [isWhole, setIsWhole] = useState(false);
  const hidden = isWhole ? 0 : Math.max(0, items.length - SHOWN_AT_FIRST);
  const shown = items.slice(hidden);
  return (
    <div>
      {hidden > 0 ? (
        <Button kind="quiet" className="mb-2" onClick={() => setIsWhole(true)}>
          {texts.showEarlier(hidden)}
        </Button>
      ) : null}
      <ol aria-label={texts.timeline}>
        {shown.map((item, place) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: the timeline only grows at its end
            key={hidden + place}
            className="relative flex gap-4 pb-5 pl-6"
          >
            <Mark
              hue={hueOf(item)}
              isPerson={BY_PEOPLE.has(item.kind)}
              isLast={place === shown.length - 1 && !next}
            />
            <p className="min-w-0 flex-1 break-words">
              <Sentence phrase={sentenceOf(item)} />
            </p>
            <span className="shrink-0 text-dense text-ink-faint">
              <Moment at={item.at} />
            </span>
          </li>
        ))}
        {next ? (
          <li className="relative pl-6">
            <span
              aria-hidden
              className="absolute top-1.5 left-0 size-2 rounded-full border-2 border-accent"
            />
            <p className="break-words font-medium text-accent" aria-live="polite">
              <Sentence phrase={nextSentence(next)} />
            </p>
          </li>
        ) : null}
      </ol>
    </div>
  );
}

function Mark({ hue, isPerson, isLast }: { hue: Hue; isPerson: boolean; isLast: boolean }) {
  return (
    <>
      {isLast ? null : (
        <span aria-hidden className="absolute top-4.5 bottom-[-3px] left-[3.5px] w-px bg-line" />
      )}
      {isPerson ? (
        <User size={12} aria-hidden className="absolute top-1 left-[-2px] text-ink-soft" />
      ) : (
        <span aria-hidden className={classNames("absolute top-1.5 left-0 size-2", DOTS[hue])} />
      )}
    </>
  );
}
