"use client";

import { Columns3, Search, X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { NamedNode } from "@/entities/flow/node-names";
import { isLeadFilter, LEAD_FILTERS, type LeadFilterName } from "@/entities/lead/standing";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Button } from "@/shared/ui/button";
import { CheckMenu } from "@/shared/ui/check-menu";
import { CONTROL_LINE } from "@/shared/ui/field";
import { ATTRIBUTE_COLUMNS_MAX } from "./columns";
import { GoTo } from "./go-to";
import { texts } from "./texts";
import type { Filters } from "./use-filters";

const TYPED_MS = 250;

interface FilterBarProps {
  filters: Filters;
  onChange: (changes: Partial<Filters>) => void;
  onClear: () => void;
  /** Counts by status; empty until they are known. */
  counts: Record<string, number>;
  total: number;
  nodes: readonly NamedNode[];
  attributes: readonly string[];
  chosen: readonly string[];
  onToggle: (attribute: string) => void;
  /** Goes to a place, from 1. */
  onGo: (place: number) => void;
  /** What can be done with the leads that are listed. */
  actions: ReactNode;
}

export function FilterBar(props: FilterBarProps) {
  const { filters, onChange, onClear, counts, total, nodes, attributes, chosen, onToggle, onGo } =
    props;
  const isFiltered = filters.status !== null || filters.node !== null || filters.email !== "";
  const tabs: [LeadFilterName | null, string, number][] = [
    [null, texts.all, total],
    ...Object.keys(LEAD_FILTERS)
      .filter(isLeadFilter)
      .map((name): [LeadFilterName, string, number] => {
        const { label, statuses } = LEAD_FILTERS[name];
        return [name, label, statuses.reduce((sum, it) => sum + (counts[it] ?? 0), 0)];
      }),
  ];
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-8 py-2.5">
      <fieldset className="-ml-2 flex flex-wrap gap-0.5">
        <legend className="sr-only">{texts.status}</legend>
        {tabs.map(([status, label, number]) => (
          <button
            key={label}
            type="button"
            aria-pressed={filters.status === status}
            onClick={() => onChange({ status })}
            className={classNames(
              "flex h-8 items-center gap-1.5 rounded-control px-2 text-dense transition-colors",
              filters.status === status
                ? "bg-accent-soft font-medium text-accent-strong"
                : "text-ink-soft hover:bg-sunken",
            )}
          >
            {label}
            <span className="text-ink-faint tabular-nums">{count(number)}</span>
          </button>
        ))}
      </fieldset>
      <div className="ml-auto flex flex-wrap items-center gap-2">
        {props.actions}
        {isFiltered ? null : <GoTo places={total} onGo={onGo} />}
        <AddressSearch
          key={filters.email === "" ? "none" : "some"}
          filters={filters}
          onChange={onChange}
        />
        <select
          aria-label={texts.node}
          className={classNames(CONTROL_LINE, "w-36!")}
          value={filters.node ?? ""}
          onChange={(event) => onChange({ node: event.target.value || null })}
        >
          <option value="">{texts.anyNode}</option>
          {filters.node && !nodes.some((node) => node.id === filters.node) ? (
            <option value={filters.node}>{filters.node}</option>
          ) : null}
          {nodes.map((node) => (
            <option key={node.id} value={node.id}>
              {node.name}
            </option>
          ))}
        </select>
        {attributes.length > 0 ? (
          <CheckMenu
            trigger={
              <Button>
                <Columns3 size={16} aria-hidden /> {texts.columns}
              </Button>
            }
            label={texts.attributesMax(ATTRIBUTE_COLUMNS_MAX)}
            items={attributes}
            chosen={chosen}
            onToggle={onToggle}
          />
        ) : null}
        {isFiltered ? (
          <Button kind="quiet" onClick={onClear}>
            <X size={16} aria-hidden /> {texts.clear}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function AddressSearch({ filters, onChange }: Pick<FilterBarProps, "filters" | "onChange">) {
  const [typed, setTyped] = useState(filters.email);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === filters.email) {
      return;
    }
    const typing = setTimeout(() => onChange({ email: wanted }), TYPED_MS);
    return () => clearTimeout(typing);
  }, [typed, filters.email, onChange]);
  return (
    <div className="relative">
      <Search
        size={16}
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-ink-faint"
      />
      <input
        type="search"
        aria-label={texts.addressPrefix}
        placeholder={texts.addressPlaceholder}
        maxLength={254}
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className={classNames(CONTROL_LINE, "w-48! pl-8!")}
      />
    </div>
  );
}
