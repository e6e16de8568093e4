"use client";

import Link from "next/link";
import { memo } from "react";
import { leadStanding } from "@/entities/lead/standing";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Moment } from "@/shared/time/moment";
import { Status } from "@/shared/ui/status";
import type { Lead } from "./lead-book";
import { texts } from "./texts";

export const ROW_PX = 32;

/** The columns of every list; those of attributes follow. */
export function gridTemplate(attributes: number): string {
  const more = attributes > 0 ? ` repeat(${attributes}, minmax(96px, 1fr))` : "";
  return `88px minmax(220px, 2.2fr) 136px minmax(160px, 1.8fr) 112px 128px${more}`;
}

interface LeadRowProps {
  id: string;
  row: number;
  top: number;
  template: string;
  /** undefined: not loaded yet; null: no longer in this list. */
  lead: Lead | null | undefined;
  isUnfiltered: boolean;
  isActive: boolean;
  node: string;
  attributes: readonly string[];
  href: string;
  onOpen: (row: number) => void;
}

// By default, rows and cells inherit their alignment, and each move of the body or a row makes the
// browser recompute the styles of everything in it.
const OWN = "align-middle";
const CELL = `${OWN} truncate px-3 text-left`;
const NUMBER = `${OWN} truncate px-3 text-right text-ink-soft tabular-nums`;

export const LeadRow = memo(function LeadRow(props: LeadRowProps) {
  const { id, row, top, template, lead, isActive, isUnfiltered, node, attributes, href, onOpen } =
    props;
  return (
    <tr
      id={id}
      aria-rowindex={row + 2}
      aria-selected={isActive}
      aria-busy={lead === undefined}
      onClick={(event) => {
        if (lead && !(event.target instanceof HTMLAnchorElement)) {
          onOpen(row);
        }
      }}
      className={classNames(
        OWN,
        "absolute inset-x-0 grid items-center contain-strict border-line/60 border-b text-dense",
        lead ? "cursor-pointer hover:bg-sunken" : "",
        isActive && "bg-accent-soft hover:bg-accent-soft",
      )}
      style={{ top, height: ROW_PX, gridTemplateColumns: template }}
    >
      {lead ? (
        <LeadCells lead={lead} node={node} attributes={attributes} href={href} />
      ) : (
        <>
          <td className={NUMBER}>{isUnfiltered ? count(row + 1) : ""}</td>
          <td className={CELL}>
            {lead === null ? (
              <span className="text-ink-faint">{texts.noLonger}</span>
            ) : (
              <span className="block h-3 w-40 rounded-control bg-sunken">
                <span className="sr-only">{texts.loading}</span>
              </span>
            )}
          </td>
        </>
      )}
    </tr>
  );
});

interface LeadCellsProps extends Pick<LeadRowProps, "node" | "attributes" | "href"> {
  lead: Lead;
}

function LeadCells({ lead, node, attributes, href }: LeadCellsProps) {
  const standing = leadStanding(lead);
  return (
    <>
      <td className={NUMBER}>{count(lead.seq)}</td>
      <td className={classNames(CELL, "font-medium")} dir="auto">
        <Link href={href} prefetch={false} tabIndex={-1} title={lead.email}>
          {lead.email}
        </Link>
      </td>
      <td className={CELL}>
        <Status hue={standing.hue}>{standing.label}</Status>
      </td>
      <td className={classNames(CELL, "text-ink-soft")} title={node} dir="auto">
        {node}
      </td>
      <td className={classNames(CELL, "text-ink-soft")}>
        <Moment at={lead.wait_until} />
      </td>
      <td className={classNames(CELL, "text-ink-soft")}>
        <Moment at={lead.enrolled_at} />
      </td>
      {attributes.map((name) => (
        <td
          key={name}
          className={classNames(CELL, "text-ink-soft")}
          dir="auto"
          title={String(lead.attributes[name] ?? "")}
        >
          {String(lead.attributes[name] ?? "–")}
        </td>
      ))}
    </>
  );
}
