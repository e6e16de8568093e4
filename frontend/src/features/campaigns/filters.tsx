import { type CampaignStatus, lookOf, STATUSES } from "@/entities/campaign/status";
import { classNames } from "@/shared/class-names";
import { SearchField } from "@/shared/ui/search-field";
import { texts } from "./texts";

interface FiltersProps {
  search: string;
  onSearch: (text: string) => void;
  status: CampaignStatus | null;
  onStatus: (status: string) => void;
}

export function Filters({ search, onSearch, status, onStatus }: FiltersProps) {
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-6 gap-y-2 border-line border-b px-4 py-2 sm:px-8">
      <SearchField
        label={texts.searchByNameLabel}
        placeholder={texts.searchByName}
        value={search}
        onChange={onSearch}
      />
      <fieldset className="-mx-2 flex min-w-0 overflow-x-auto px-2">
        <legend className="sr-only">{texts.status}</legend>
        {[null, ...STATUSES].map((it) => (
          <button
            key={it ?? "current"}
            type="button"
            aria-pressed={it === status}
            onClick={() => onStatus(it ?? "")}
            className={classNames(
              "h-8 shrink-0 rounded-control px-2.5 text-dense transition-colors",
              it === status
                ? "bg-accent-soft font-medium text-accent-strong"
                : "text-ink-soft hover:bg-sunken hover:text-ink",
            )}
          >
            {it ? lookOf(it).label : texts.current}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
