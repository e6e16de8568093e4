import Link from "next/link";
import { SectionTitle } from "@/shared/ui/section-title";
import { Status } from "@/shared/ui/status";
import type { Attention } from "./attention";
import { texts } from "./texts";

/** `isQuiet`: shows nothing if there is nothing, because a new system has other things to show. */
export function ToLookAt({ items, isQuiet }: { items: Attention[]; isQuiet: boolean }) {
  if (items.length === 0 && isQuiet) {
    return null;
  }
  return (
    <section aria-label={texts.attention}>
      <SectionTitle>{texts.attention}</SectionTitle>
      {items.length === 0 ? (
        <p className="border-line border-y px-4 py-3 text-ink-soft sm:px-8">{texts.allWell}</p>
      ) : (
        <ul className="border-line border-t">
          {items.map((it) => (
            <li
              key={it.key}
              className="relative grid grid-cols-[1fr_auto] items-start gap-x-6 gap-y-1 border-line border-b px-4 py-2.5 transition-colors hover:bg-sunken sm:grid-cols-[6rem_14rem_1fr_auto] sm:px-8"
            >
              <Status hue={it.hue}>{it.state}</Status>
              <span className="truncate font-medium max-sm:order-first" dir="auto">
                {it.about}
              </span>
              <span className="text-ink-soft max-sm:col-span-2">{it.message}</span>
              <Link href={it.href} className="font-medium text-accent after:absolute after:inset-0">
                {it.verb}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
