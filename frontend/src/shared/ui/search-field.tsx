import { Search } from "lucide-react";
import { classNames } from "@/shared/class-names";
import { CONTROL_LINE, Field } from "./field";

interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
}

/** Above a list: what its entries have to contain. */
export function SearchField({ label, placeholder, value, onChange }: SearchFieldProps) {
  return (
    <div className="relative w-full sm:w-64">
      <Search
        size={16}
        aria-hidden
        className="pointer-events-none absolute top-2 left-2.5 text-ink-faint"
      />
      <Field label={label} isLabelHidden>
        {(control) => (
          <input
            {...control}
            type="search"
            value={value}
            maxLength={SEARCHED_CHARS_MAX}
            placeholder={placeholder}
            onChange={(event) => onChange(event.target.value)}
            className={classNames(CONTROL_LINE, "pl-8")}
          />
        )}
      </Field>
    </div>
  );
}

/** The longest address; names are shorter. */
const SEARCHED_CHARS_MAX = 254;
