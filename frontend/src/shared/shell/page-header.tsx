import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  /** Above the title: links to the pages above this one. */
  trail?: ReactNode;
  status?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, trail, status, actions }: PageHeaderProps) {
  return (
    <header className="flex min-h-16 shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-4 py-3 sm:flex-nowrap sm:px-8">
      <div className="min-w-0 flex-1 basis-40">
        {trail ? <div className="text-caption text-ink-faint">{trail}</div> : null}
        <div className="flex min-w-0 flex-wrap items-center gap-x-3">
          <h1 className="max-w-full truncate font-semibold text-title leading-7">{title}</h1>
          {status}
        </div>
      </div>
      {actions ? (
        <div className="flex flex-wrap items-center gap-2 sm:shrink-0 sm:flex-nowrap">
          {actions}
        </div>
      ) : null}
    </header>
  );
}
