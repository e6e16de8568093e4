"use client";

import { Plus, X } from "lucide-react";
import type { Configuration } from "@/entities/flow/document";
import { branchName } from "@/entities/flow/nodes/split/shares";
import { classNames } from "@/shared/class-names";
import { isRecord, listOf, numberOf, textOf, without } from "@/shared/json";
import { Button } from "@/shared/ui/button";
import { type FormProps, messageFor, SMALL } from "../../inspector/controls";
import { asPercents, even, withShare } from "./percents";
import { texts } from "./texts";

const BRANCHES_MIN = 2;
const BRANCHES_MAX = 20;
const LABEL_LENGTH_MAX = 60;
const NAMES = "abcdefghijklmnopqrst";

/** Without a label, a branch goes by its port. */
function labelled(branch: Configuration, label: string): Configuration {
  return label ? { ...branch, label } : without(branch, "label");
}

/** Shares as sliders that always sum to 100. */
export function SplitForm({ settings, onChange, findings, isReadOnly }: FormProps) {
  const branches = listOf(settings.branches).filter(isRecord);
  const percents = asPercents(branches.map((it) => numberOf(it.weight, 0)));
  const set = (next: readonly Configuration[], burst?: string) =>
    onChange({ ...settings, branches: next }, burst);
  const weighted = (weights: readonly number[], of: readonly Configuration[] = branches) =>
    of.map((it, place) => ({ ...it, weight: weights[place] ?? 0 }));
  const add = () => {
    const taken = branches.map((it) => it.port);
    const port = [...NAMES].find((it) => !taken.includes(it)) ?? `branch-${branches.length + 1}`;
    set(weighted(even(branches.length + 1), [...branches, { port }]));
  };
  const remove = (place: number) => {
    const left = branches.filter((_, at) => at !== place);
    set(weighted(asPercents(percents.filter((_, at) => at !== place)), left));
  };
  const error = messageFor(findings, "configuration.branches");
  return (
    <>
      <ul className="flex flex-col gap-3">
        {branches.map((branch, place) => {
          const name = branchName(settings, textOf(branch.port)) || texts.branch(place + 1);
          const share = percents[place] ?? 0;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: branches have no other key than their place
            <li key={place} className="flex flex-col gap-1">
              <div className="flex items-center gap-1.5">
                <input
                  aria-label={texts.branchName(place + 1)}
                  disabled={isReadOnly}
                  maxLength={LABEL_LENGTH_MAX}
                  placeholder={branchName({}, textOf(branch.port))}
                  value={textOf(branch.label)}
                  onChange={(event) =>
                    set(
                      branches.map((it, at) =>
                        at === place ? labelled(it, event.target.value) : it,
                      ),
                      `label ${place}`,
                    )
                  }
                  className={classNames(SMALL, "flex-1")}
                />
                <span className="flex items-center gap-1 text-dense text-ink-soft">
                  <input
                    type="number"
                    min={0}
                    max={100}
                    aria-label={texts.sharePercent(name)}
                    disabled={isReadOnly}
                    value={share}
                    onChange={(event) =>
                      set(
                        weighted(withShare(percents, place, event.target.valueAsNumber || 0)),
                        `share ${place}`,
                      )
                    }
                    className={classNames(SMALL, "w-16 tabular-nums")}
                  />
                  %
                </span>
                {branches.length > BRANCHES_MIN && !isReadOnly ? (
                  <Button
                    kind="quiet"
                    isSquare
                    aria-label={texts.remove(name)}
                    onClick={() => remove(place)}
                  >
                    <X size={16} aria-hidden />
                  </Button>
                ) : null}
              </div>
              <input
                type="range"
                min={0}
                max={100}
                aria-label={texts.share(name)}
                disabled={isReadOnly}
                value={share}
                onChange={(event) =>
                  set(
                    weighted(withShare(percents, place, event.target.valueAsNumber)),
                    `share ${place}`,
                  )
                }
                className="w-full accent-accent"
              />
            </li>
          );
        })}
      </ul>
      {error ? <p className="text-caption text-failed">{error}</p> : null}
      <p className="text-caption text-ink-faint">{texts.formAbout}</p>
      {isReadOnly ? null : (
        <div className="flex gap-2">
          <Button kind="quiet" onClick={add} disabled={branches.length >= BRANCHES_MAX}>
            <Plus size={16} aria-hidden /> {texts.add}
          </Button>
          <Button kind="quiet" onClick={() => set(weighted(even(branches.length)))}>
            {texts.even}
          </Button>
        </div>
      )}
    </>
  );
}
