/**
 * The leads of a campaign as a book: pages are read when they are looked at.
 *
 * Invariant: never more than PAGES_KEPT_MAX pages are held beside those in view, and no request
 * goes on that nobody waits for. Unfiltered, a lead's place is its row: any page can be opened at
 * once. Filtered, a page is known by the one before it: the book is read in order.
 */
import type { Schemas } from "@/shared/api/client";
import { PAGE_ROWS, pageOf, pagesFor, pagesIn, placeBefore, toLetGo } from "./paging";

export type Lead = Schemas["LeadView"];
export type ReadPage = (afterSeq: number, signal: AbortSignal) => Promise<Schemas["LeadPage"]>;

/** After a round of requests the next one waits until the view has stood still for so long … */
const PAUSE_MS = 40;
/** … but no longer than this: a drag asks for a few of the pages it passes. */
const ROUND_MS_MAX = 200;

export class LeadBook {
  private readonly pages = new Map<number, Map<number, Lead>>();
  private readonly reading = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  /** Filtered: after which place each known page begins. */
  private readonly cursors = [0];
  /** Those in sight; then, in `wanted`, also those that come next. */
  private seen: number[] = [];
  private wanted: number[] = [];
  private rows = 0;
  private isWhole = false;
  private lastRoundMs = Number.NEGATIVE_INFINITY;
  private nextRound: ReturnType<typeof setTimeout> | null = null;
  private edition = 0;
  private problem: Error | null = null;

  constructor(
    private readonly read: ReadPage,
    readonly isFiltered: boolean,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Grows with every change: what it says may have become different. */
  readonly version = (): number => this.edition;

  get error(): Error | null {
    return this.problem;
  }

  /** Rows that are known to be there; filtered, with those of a page that is still to come. */
  get rowCount(): number {
    return this.isFiltered && !this.isWhole ? this.rows + 1 : this.rows;
  }

  get isComplete(): boolean {
    return this.isWhole;
  }

  /** undefined: not read yet. null: the page is here, and this row is not in it (any more). */
  leadAt(row: number): Lead | null | undefined {
    const page = this.pages.get(pageOf(row));
    return page === undefined ? undefined : (page.get(row) ?? null);
  }

  /** Those that are held at the moment. */
  *leadsHere(): Generator<Lead> {
    for (const page of this.pages.values()) {
      yield* page.values();
    }
  }

  /** Looks at the rows from `first` up to `end`; `total`: how many there are said to be. */
  want(first: number, end: number, total: number): void {
    const isKnown = (page: number) => !this.isFiltered || page < this.cursors.length;
    this.seen = pagesIn(first, end).filter(isKnown);
    this.wanted = pagesFor(first, end, Math.max(total, this.rowCount)).filter(isKnown);
    for (const [page, controller] of this.reading) {
      if (!this.wanted.includes(page)) {
        this.reading.delete(page);
        controller.abort();
      }
    }
    this.schedule();
  }

  /** Reads what is in view again; what is shown stays until then. */
  refresh(): void {
    if (this.reading.size === 0 && !this.isFiltered) {
      for (const page of this.wanted) {
        this.start(page);
      }
    }
  }

  /** After a failure: asks again for what is missing. */
  retry(): void {
    this.problem = null;
    this.changed();
    this.schedule();
  }

  close(): void {
    if (this.nextRound !== null) {
      clearTimeout(this.nextRound);
      this.nextRound = null;
    }
    for (const controller of this.reading.values()) {
      controller.abort();
    }
    this.reading.clear();
  }

  private schedule(): void {
    if (this.problem || this.missing().length === 0) {
      return;
    }
    if (this.nextRound !== null) {
      clearTimeout(this.nextRound);
    }
    const restMs = this.lastRoundMs + ROUND_MS_MAX - performance.now();
    if (restMs <= 0) {
      this.round();
    } else {
      this.nextRound = setTimeout(() => this.round(), Math.min(PAUSE_MS, restMs));
    }
  }

  private round(): void {
    this.nextRound = null;
    const missing = this.missing();
    if (missing.length > 0) {
      this.lastRoundMs = performance.now();
    }
    for (const page of missing) {
      this.start(page);
    }
  }

  /** What to ask for now. What comes next waits until all that is in sight is here. */
  private missing(): number[] {
    const isHere = (page: number) => this.pages.has(page);
    const near = this.seen.every(isHere) ? this.wanted : this.seen;
    return near.filter((page) => !isHere(page) && !this.reading.has(page));
  }

  private start(page: number): void {
    const controller = new AbortController();
    this.reading.set(page, controller);
    const after = this.isFiltered ? (this.cursors[page] ?? 0) : placeBefore(page);
    this.read(after, controller.signal).then(
      (answer) => {
        if (this.reading.get(page) === controller) {
          this.reading.delete(page);
          this.keep(page, answer);
          this.schedule();
        }
      },
      (problem: unknown) => {
        if (this.reading.get(page) === controller) {
          this.reading.delete(page);
          this.problem = problem instanceof Error ? problem : new Error(String(problem));
          this.changed();
        }
      },
    );
  }

  private keep(page: number, answer: Schemas["LeadPage"]): void {
    const first = placeBefore(page);
    const leads = new Map<number, Lead>();
    const end = this.isFiltered ? this.cursors[page + 1] : first + PAGE_ROWS;
    answer.leads.forEach((lead, place) => {
      if (end === undefined || lead.seq <= end) {
        leads.set(this.isFiltered ? first + place : lead.seq - 1, lead);
      }
    });
    this.grow(page, answer);
    // Put at the end anew: the order is that of the last look.
    this.pages.delete(page);
    this.pages.set(page, leads);
    for (const old of toLetGo([...this.pages.keys()], this.wanted)) {
      this.pages.delete(old);
    }
    this.problem = null;
    this.changed();
  }

  private grow(page: number, answer: Schemas["LeadPage"]): void {
    const first = placeBefore(page);
    const next = answer.next_after_seq;
    if (!this.isFiltered) {
      const last = answer.leads.at(-1)?.seq ?? 0;
      this.rows = Math.max(this.rows, Math.min(last, first + PAGE_ROWS) + (next === null ? 0 : 1));
      return;
    }
    if (page === this.cursors.length - 1) {
      this.rows = first + answer.leads.length;
      this.isWhole = next === null;
      if (next !== null) {
        this.cursors.push(next);
      }
    }
  }

  private changed(): void {
    this.edition += 1;
    for (const listener of this.listeners) {
      listener();
    }
  }
}
