"use client";

import { useRouter } from "next/navigation";
import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from "react";
import { classNames } from "@/shared/class-names";
import type { LeadBook } from "./lead-book";
import { gridTemplate, LeadRow, ROW_PX } from "./lead-row";
import { inSlots, rowsAt } from "./scroll-range";
import { texts } from "./texts";
import { useScroll } from "./use-scroll";

const HEADER_PX = 36;
const OVERSCAN_ROWS = 10;
const SETTLED_MS = 400;
/** Beyond it, none of the drawn rows can stay. */
const FAR_ROWS = 200;

interface LeadGridProps {
  book: LeadBook;
  /** The last known number of leads. */
  total: number;
  /** The place to start at, from 1. */
  at: number;
  /** The requested place, from 1. */
  wanted: { place: number } | null;
  onSettle: (at: number) => void;
  attributes: readonly string[];
  nodeOf: (id: string | null) => string;
  leadHref: (leadId: string) => string;
  label: string;
}

/** The leads, however many: only those in view are drawn and loaded. */
export function LeadGrid(props: LeadGridProps) {
  const { book, total, at, wanted, onSettle, attributes, nodeOf, leadHref, label } = props;
  const id = useId();
  const router = useRouter();
  const rows = book.isFiltered ? book.rowCount : Math.max(total, book.rowCount);
  const scroll = useScroll(rows, ROW_PX, HEADER_PX);
  const [active, setActive] = useState(at - 1);
  // Not with :has(), which makes the browser recompute all styles for each new row.
  const [isFocused, setIsFocused] = useState(false);
  const { viewportPx } = scroll.range;
  const { first, end } = rowsAt(scroll.at.virtual, rows, ROW_PX, viewportPx, OVERSCAN_ROWS);
  const seen = rowsAt(scroll.at.virtual, rows, ROW_PX, viewportPx, 0);

  // A row that is nearly out of view does not count as the first.
  const top = Math.round(scroll.at.virtual / ROW_PX);
  const began = useRef(false);
  useEffect(() => {
    if (!began.current && viewportPx > 0 && rows > 0) {
      began.current = true;
      if (at > 1 && !book.isFiltered) {
        scroll.moveTo((at - 1) * ROW_PX);
      }
    }
  }, [at, rows, viewportPx, book, scroll.moveTo]);

  useEffect(() => {
    if (wanted && !book.isFiltered) {
      setActive(wanted.place - 1);
      scroll.moveTo((wanted.place - 1) * ROW_PX);
    }
  }, [wanted, book, scroll.moveTo]);

  useEffect(() => {
    if (viewportPx > 0) {
      book.want(seen.first, seen.end, rows);
    }
  }, [book, seen.first, seen.end, rows, viewportPx]);

  useEffect(() => {
    if (!began.current || book.isFiltered) {
      return;
    }
    const settling = setTimeout(() => onSettle(top + 1), SETTLED_MS);
    return () => clearTimeout(settling);
  }, [top, onSettle, book]);

  const slots = Math.ceil(viewportPx / ROW_PX) + 1 + 2 * OVERSCAN_ROWS;
  const [turn, setTurn] = useState(first);
  if (Math.abs(first - turn) > FAR_ROWS) {
    setTurn(first);
  }
  useEffect(() => {
    const settling = setTimeout(() => setTurn(first), SETTLED_MS);
    return () => clearTimeout(settling);
  }, [first]);

  const open = useCallback(
    (row: number) => {
      const lead = book.leadAt(row);
      if (lead) {
        router.push(leadHref(lead.lead_id));
      }
    },
    [book, router, leadHref],
  );

  const go = (row: number) => {
    const wanted = Math.min(Math.max(0, row), rows - 1);
    setActive(wanted);
    scroll.reveal(wanted);
  };
  const page = Math.max(1, Math.floor(viewportPx / ROW_PX) - 1);
  const onKey = (event: KeyboardEvent) => {
    if (event.altKey || event.shiftKey) {
      return;
    }
    if (event.key === "Enter") {
      event.preventDefault();
      open(active);
      return;
    }
    const wanted = rowAfter(event.key, active, page, rows);
    if (wanted !== null) {
      event.preventDefault();
      go(wanted);
    }
  };
  const template = gridTemplate(attributes.length);
  // Rows keep their places within the body; if the scrollbar is scaled, the body moves: one style
  // changes instead of fifty.
  const bodyTop = HEADER_PX + turn * ROW_PX + scroll.at.physical - scroll.at.virtual;
  const isActiveDrawn = active >= first && active < end;
  return (
    <div
      ref={scroll.box}
      className={classNames(
        "min-h-0 flex-1 overflow-auto contain-strict [overflow-anchor:none]",
        isFocused && "outline-2 outline-accent outline-offset-[-2px]",
      )}
    >
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: keys move through its rows
        role="grid"
        aria-label={label}
        aria-rowcount={rows + 1}
        aria-activedescendant={isActiveDrawn ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKey}
        onFocus={(event) => setIsFocused(event.currentTarget.matches(":focus-visible"))}
        onBlur={() => setIsFocused(false)}
        className="relative block min-w-fit outline-none"
        style={{ height: HEADER_PX + scroll.range.physicalPx }}
      >
        <thead className="sticky top-0 z-10 block">
          <tr
            aria-rowindex={1}
            className="grid items-center border-line border-b bg-canvas font-medium text-caption text-ink-faint"
            style={{ height: HEADER_PX, gridTemplateColumns: template }}
          >
            <Heading isRight>{texts.number}</Heading>
            <Heading>{texts.address}</Heading>
            <Heading>{texts.status}</Heading>
            <Heading>{texts.node}</Heading>
            <Heading>{texts.until}</Heading>
            <Heading>{texts.entered}</Heading>
            {attributes.map((name) => (
              <Heading key={name}>{name}</Heading>
            ))}
          </tr>
        </thead>
        <tbody className="absolute inset-x-0 block" style={{ top: bodyTop }}>
          {inSlots(first, end, slots, turn).map(([slot, row]) => {
            const lead = book.leadAt(row);
            return (
              <LeadRow
                key={slot}
                id={`${id}-${row}`}
                row={row}
                top={(row - turn) * ROW_PX}
                template={template}
                lead={lead}
                isUnfiltered={!book.isFiltered}
                isActive={isFocused && row === active}
                node={nodeOf(lead?.current_node ?? null)}
                attributes={attributes}
                href={lead ? leadHref(lead.lead_id) : ""}
                onOpen={open}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The row to which a key leads from `row`; null for other keys. */
function rowAfter(key: string, row: number, page: number, rows: number): number | null {
  switch (key) {
    case "ArrowDown":
      return row + 1;
    case "ArrowUp":
      return row - 1;
    case "PageDown":
      return row + page;
    case "PageUp":
      return row - page;
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    default:
      return null;
  }
}

function Heading({ children, isRight }: { children: string; isRight?: boolean }) {
  return (
    <th
      scope="col"
      title={children}
      className={classNames("truncate px-3 font-medium", isRight ? "text-right" : "text-left")}
    >
      {children}
    </th>
  );
}
