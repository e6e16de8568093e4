import { classNames } from "@/shared/class-names";
import { SearchField } from "@/shared/ui/search-field";
import { texts } from "./texts";

interface FiltersProps {
  search: string;
  onSearch: (text: string) => void;
  isOfRemovals: boolean;
  onShow: (removals: boolean) => void;
}

export function Filters({ search, onSearch, isOfRemovals, onShow }: FiltersProps) {
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-6 gap-y-2 border-line border-b px-4 py-2 sm:px-8">
      {isOfRemovals ? null : (
        <SearchField
          label={texts.search}
          placeholder={texts.search}
          value={search}
          onChange={onSearch}
        />
      )}
      <fieldset className="-mx-2 flex min-w-0 overflow-x-auto px-2">
        <legend className="sr-only">{texts.show}</legend>
        {[false, true].map((it) => (
          <button
            key={String(it)}
            type="button"
            aria-pressed={it === isOfRemovals}
            onClick={() => onShow(it)}
            className={classNames(
              "h-8 shrink-0 rounded-control px-2.5 text-dense transition-colors",
              it === isOfRemovals
                ? "bg-accent-soft font-medium text-accent-strong"
                : "text-ink-soft hover:bg-sunken hover:text-ink",
            )}
          >
            {it ? texts.allowedAgain : texts.suppressed}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
