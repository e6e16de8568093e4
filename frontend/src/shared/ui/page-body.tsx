import type { ReactNode } from "react";

/**
 * The scrolling part below a page's header; it is focusable in case nothing in it is. Its end can be
 * scrolled clear of a toast.
 */
export function PageBody({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto pb-24 outline-offset-[-2px]"
    >
      {children}
    </section>
  );
}
