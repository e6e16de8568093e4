"use client";

import { useState } from "react";
import { readable } from "@/entities/flow/merge-tags";
import type { Schemas } from "@/shared/api/client";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { CELL, CELL_DENSE, HEAD, TABLE } from "@/shared/ui/cells";
import { rateText } from "./rates";
import { texts } from "./texts";

type Email = Schemas["EmailResultView"];

const LINKS_SHOWN = 5;
const SCHEME = /^https?:\/\//;
/** On a phone the row's second line has what these columns have elsewhere. */
const WIDE = "hidden text-right tabular-nums md:table-cell";
const RIGHT = "text-right tabular-nums";

/** One row an e-mail, with its links beneath. */
export function EmailTable({ emails }: { emails: readonly Email[] }) {
  return (
    <table className={TABLE}>
      <thead>
        <tr>
          <th className={HEAD}>{texts.email}</th>
          <th className={classNames(HEAD, RIGHT)}>{texts.sent}</th>
          <th className={classNames(HEAD, WIDE)}>{texts.bounced}</th>
          <th className={classNames(HEAD, RIGHT)}>{texts.opened}</th>
          <th className={classNames(HEAD, RIGHT)}>{texts.clicked}</th>
          <th className={classNames(HEAD, WIDE)}>{texts.unsubscribed}</th>
          <th className={classNames(HEAD, WIDE)}>{texts.complained}</th>
          <th className={classNames(HEAD, WIDE)}>{texts.failed}</th>
        </tr>
      </thead>
      <tbody>
        {emails.map((it) => (
          <EmailRows key={it.node_id} email={it} />
        ))}
      </tbody>
    </table>
  );
}

function EmailRows({ email }: { email: Email }) {
  const [isWhole, setIsWhole] = useState(false);
  const { rates, links } = email;
  const shown = isWhole ? links : links.slice(0, LINKS_SHOWN);
  const hidden = links.length - shown.length;
  return (
    <>
      <tr>
        <th scope="row" className={classNames(CELL, "w-full max-w-0 text-left font-medium")}>
          <span dir="auto" className="block truncate" title={email.name}>
            {readable(email.name)}
          </span>
          {email.is_in_flow ? null : (
            <span className="block text-caption font-normal text-ink-faint">{texts.gone}</span>
          )}
          <Rest email={email} />
        </th>
        <td className={classNames(CELL, RIGHT)}>{count(email.sent)}</td>
        <Bad value={email.bounced} />
        <Rated value={email.opened} rate={rateText(rates.opened)} />
        <Rated value={email.clicked} rate={rateText(rates.clicked)} />
        <Rated value={email.unsubscribed} rate={rateText(rates.unsubscribed)} isWide />
        <Bad value={email.complained} />
        <Bad value={email.failed} />
      </tr>
      {shown.map((it) => (
        <LinkRow key={it.link} link={it.link} leads={it.leads} />
      ))}
      {hidden > 0 || email.other_links > 0 ? (
        <tr>
          <td colSpan={8} className={CELL_DENSE}>
            <span className="pl-4" />
            {hidden > 0 ? (
              <button
                type="button"
                className="font-medium text-accent underline"
                onClick={() => setIsWhole(true)}
              >
                {texts.showLinks(hidden)}
              </button>
            ) : (
              <span className="text-ink-soft">{texts.otherLinks(email.other_links)}</span>
            )}
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** What a phone has no columns for: only what there is. */
function Rest({ email }: { email: Email }) {
  const parts = [
    [email.bounced, texts.bounced],
    [email.unsubscribed, texts.unsubscribed],
    [email.complained, texts.complained],
    [email.failed, texts.failed],
  ] as const;
  const there = parts.filter(([value]) => value > 0);
  return there.length > 0 ? (
    <span className="block text-caption font-normal text-ink-soft md:hidden">
      {there.map(([value, label]) => `${label} ${count(value)}`).join(" · ")}
    </span>
  ) : null;
}

function LinkRow({ link, leads }: { link: string; leads: number }) {
  return (
    <tr title={texts.linkAbout}>
      <td className={classNames(CELL_DENSE, "w-full max-w-0")}>
        <span
          className="block break-all pl-4 text-ink-soft sm:truncate sm:break-normal"
          title={link}
        >
          {readable(link).replace(SCHEME, "")}
        </span>
      </td>
      <td className={CELL_DENSE} />
      <td className={classNames(CELL_DENSE, "hidden md:table-cell")} />
      <td className={CELL_DENSE} />
      <td className={classNames(CELL_DENSE, RIGHT)}>{count(leads)}</td>
      <td className={classNames(CELL_DENSE, "hidden md:table-cell")} />
      <td className={classNames(CELL_DENSE, "hidden md:table-cell")} />
      <td className={classNames(CELL_DENSE, "hidden md:table-cell")} />
    </tr>
  );
}

function Rated({ value, rate, isWide = false }: { value: number; rate: string; isWide?: boolean }) {
  return (
    <td className={classNames(CELL, isWide ? WIDE : RIGHT, "whitespace-nowrap")}>
      <span className={classNames("hidden sm:inline", value === 0 && "text-ink-faint")}>
        {count(value)}
      </span>
      <span className="inline-block min-w-14 sm:pl-2 sm:text-ink-soft">{rate}</span>
    </td>
  );
}

function Bad({ value }: { value: number }) {
  return (
    <td className={classNames(CELL, WIDE, value === 0 ? "text-ink-faint" : "text-failed")}>
      {count(value)}
    </td>
  );
}
