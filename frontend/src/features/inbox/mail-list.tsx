"use client";

import { classNames } from "@/shared/class-names";
import { Moment } from "@/shared/time/moment";
import type { MailHead } from "./inbox-api";
import { texts } from "./texts";

interface MailListProps {
  mails: readonly MailHead[];
  openId: number | null;
  onOpen: (id: number) => void;
}

/** The mails, newest first. */
export function MailList({ mails, openId, onOpen }: MailListProps) {
  return (
    <ul aria-label={texts.mails}>
      {mails.map((mail) => (
        <li key={mail.id}>
          <button
            type="button"
            aria-current={mail.id === openId ? "true" : undefined}
            onClick={() => onOpen(mail.id)}
            className={classNames(
              "flex w-full flex-col gap-0.5 border-line border-b px-5 py-2.5 text-left focus-visible:outline-offset-[-2px]",
              mail.id === openId ? "bg-accent-soft" : "hover:bg-sunken",
            )}
          >
            <span className="flex w-full items-baseline gap-3">
              <span className="min-w-0 flex-1 truncate font-medium" dir="auto">
                {mail.to.join(", ") || "–"}
              </span>
              <span className="shrink-0 text-caption text-ink-soft">
                <Moment at={mail.receivedAt} />
              </span>
            </span>
            <span className="w-full truncate text-dense text-ink-soft" dir="auto">
              {mail.subject || texts.noSubject}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
