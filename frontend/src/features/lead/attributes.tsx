import type { Schemas } from "@/shared/api/client";
import { texts } from "./texts";

const ANSWERS = { true: texts.yes, false: texts.no } as const;

function shown(value: string | number | boolean | null): string {
  if (value === null || value === "") {
    return "–";
  }
  return typeof value === "boolean" ? ANSWERS[`${value}`] : String(value);
}

/** What is known about the contact. */
export function Attributes({ attributes }: { attributes: Schemas["LeadView"]["attributes"] }) {
  const names = Object.keys(attributes);
  if (names.length === 0) {
    return <p className="text-dense text-ink-faint">{texts.onlyAddress}</p>;
  }
  return (
    <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-4 gap-y-1.5 text-dense">
      {names.map((name) => (
        <div key={name} className="contents">
          <dt className="truncate text-ink-faint" title={name}>
            {name}
          </dt>
          <dd className="break-words text-left" dir="auto">
            {shown(attributes[name] ?? null)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
