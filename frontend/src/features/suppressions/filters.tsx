import { Search } from "lucide-react";
import { classNames } from "@/shared/class-names";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
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
        <div className="relative w-full sm:w-64">
          <Search
            size={16}
            aria-hidden
            className="pointer-events-none absolute top-2 left-2.5 text-ink-faint"
          />
          <Field label={texts.search} isLabelHidden>
            {(control) => (
              <input
                {...control}
                type="search"
                value={search}
                maxLength={254}
                placeholder={texts.search}
                onChange={(event) => onSearch(event.target.value)}
                className={classNames(CONTROL_LINE, "pl-8")}
              />
            )}
          </Field>
        </div>
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
