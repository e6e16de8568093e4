/**
 * The leads of a campaign as a book: pages are loaded when they come into view.
 *
 * Invariant: at most PAGES_KEPT_MAX pages are kept besides those in view, and requests that are no
 * longer needed are cancelled. Unfiltered, a lead's place is its row, so any page can be opened at
 * once. Filtered, a page is only known from the one before it, so the book is read in order.
 */
import type { Schemas } from "@/shared/api/client";
import { PAGE_ROWS, pageOf, pagesFor, pagesIn, placeBefore, toLetGo } from "./paging";

export type Lead = Schemas["LeadView"];
export type ReadPage = (afterSeq: number, signal: AbortSignal) => Promise<Schemas["LeadPage"]>;

/** After a round of requests, the next one waits until the view has stood still for this long … */
const PAUSE_MS = 40;
/** … but no longer than this, so that a drag loads a few of the pages it passes. */
const ROUND_MS_MAX = 200;

export class LeadBook {
  private readonly pages = new Map<number, Map<number, Lead>>();
  private readonly reading = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  /** Filtered: the place after which each known page begins. */
  private readonly cursors = [0];
  /** The visible pages; `wanted` also includes the next ones. */
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

  /** Increases with every change of the content. */
  readonly version = (): number => this.edition;

  get error(): Error | null {
    return this.problem;
  }

  /** Rows that are known to exist; filtered, including those of the page still to be loaded. */
  get rowCount(): number {
    return this.isFiltered && !this.isWhole ? this.rows + 1 : this.rows;
  }

  get isComplete(): boolean {
    return this.isWhole;
  }

  /** undefined: not loaded yet. null: the page is loaded, but does not contain this row (any
   * more). */
  leadAt(row: number): Lead | null | undefined {
    const page = this.pages.get(pageOf(row));
    return page === undefined ? undefined : (page.get(row) ?? null);
  }

  /** The pages that are currently kept. */
  *leadsHere(): Generator<Lead> {
    for (const page of this.pages.values()) {
      yield* page.values();
    }
  }

  /** Sets the view to the rows from `first` up to `end`; `total`: the expected number of rows. */
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

  /** Reloads the pages in view; the old content stays until then. */
  refresh(): void {
    if (this.reading.size === 0 && !this.isFiltered) {
      for (const page of this.wanted) {
        this.start(page);
      }
    }
  }

  /** After a failure: requests the missing pages again. */
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

  /** What to request now. The next page waits until all visible ones are here. */
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
    // Moved to the end: the order is that of last use.
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
