import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Lead, LeadBook, type ReadPage } from "./lead-book";
import { PAGE_ROWS, PAGES_KEPT_MAX } from "./paging";

const TOTAL = 1_000_000;

function lead(seq: number): Lead {
  return {
    lead_id: `lead_${seq}`,
    campaign_id: "c",
    seq,
    email: `reader${seq}@example.com`,
    attributes: {},
    status: "paused",
    reason: "wait",
    current_node: "w",
    execution_path: [],
    completed_tasks: [],
    sent_emails: {},
    wait_until: null,
    scheduled_task_id: null,
    flow_version: 1,
    enrolled_at: "2026-01-01T00:00:00Z",
    revision: 1,
  };
}

/** Every `step`th lead of a million, paged like the API. */
function shelf(step: number, asked: number[], signals: AbortSignal[] = []): ReadPage {
  return async (after, signal) => {
    asked.push(after);
    signals.push(signal);
    const leads: Lead[] = [];
    for (let seq = after + 1; seq <= TOTAL && leads.length < PAGE_ROWS; seq += 1) {
      if (seq % step === 0) {
        leads.push(lead(seq));
      }
    }
    const last = leads.at(-1)?.seq ?? TOTAL;
    return { leads, next_after_seq: last + step <= TOTAL ? last : null };
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a book that is not filtered", () => {
  it("opens at any place with one page", async () => {
    const asked: number[] = [];
    const book = new LeadBook(shelf(1, asked), false);
    book.want(750_040, 750_060, TOTAL);
    expect(book.leadAt(750_050)).toBeUndefined();
    await vi.runAllTimersAsync();
    expect(asked).toEqual([750_000]);
    expect(book.leadAt(750_050)?.seq).toBe(750_051);
  });

  it("cancels requests that a drag has left behind, and requests few of the pages it passes", async () => {
    const signals: AbortSignal[] = [];
    const asked: number[] = [];
    const book = new LeadBook((after, signal) => {
      asked.push(after);
      signals.push(signal);
      return new Promise(() => undefined);
    }, false);
    for (let row = 0; row < 500_000; row += 10_000) {
      book.want(row + 40, row + 60, TOTAL);
      await vi.advanceTimersByTimeAsync(8);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.length).toBeLessThan(10);
    expect(asked.at(-1)).toBe(490_000);
    expect(signals.map((it) => it.aborted)).toEqual([
      ...Array<boolean>(signals.length - 1).fill(true),
      false,
    ]);
  });

  it("requests a page at once after a pause, and soon during a series of requests", async () => {
    const asked: number[] = [];
    const book = new LeadBook(shelf(1, asked), false);
    book.want(40, 60, TOTAL);
    expect(asked).toEqual([0]);
    await vi.advanceTimersByTimeAsync(10);
    book.want(500_040, 500_060, TOTAL);
    expect(asked).toEqual([0]);
    await vi.advanceTimersByTimeAsync(45);
    expect(asked).toEqual([0, 500_000]);
  });

  it("requests the next page only once all visible ones are here", async () => {
    const asked: number[] = [];
    const answers: (() => void)[] = [];
    const read = shelf(1, []);
    const book = new LeadBook((after, signal) => {
      asked.push(after);
      return new Promise((resolve) => {
        answers.push(() => resolve(read(after, signal)));
      });
    }, false);
    book.want(750_080, 750_099, TOTAL);
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([750_000]);
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([750_000, 750_100]);
  });

  it("keeps a bounded number of pages", async () => {
    const asked: number[] = [];
    const book = new LeadBook(shelf(1, asked), false);
    for (let page = 0; page < PAGES_KEPT_MAX + 10; page += 1) {
      book.want(page * PAGE_ROWS + 40, page * PAGE_ROWS + 60, TOTAL);
      await vi.advanceTimersByTimeAsync(100);
    }
    const last = (PAGES_KEPT_MAX + 9) * PAGE_ROWS + 40;
    expect(book.leadAt(40)).toBeUndefined();
    expect(book.leadAt(last)?.seq).toBe(last + 1);
    book.want(last, last + 20, TOTAL);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.length).toBe(PAGES_KEPT_MAX + 10);
  });

  it("says that a place is empty if its page does not contain it", async () => {
    const book = new LeadBook(shelf(2, []), false);
    book.want(0, 30, TOTAL);
    await vi.runAllTimersAsync();
    expect(book.leadAt(0)).toBeNull();
    expect(book.leadAt(1)?.seq).toBe(2);
  });

  it("keeps a failure's message and retries only on request", async () => {
    let isDown = true;
    const good = shelf(1, []);
    const book = new LeadBook((after, signal) => {
      return isDown ? Promise.reject(new Error("No answer")) : good(after, signal);
    }, false);
    book.want(0, 30, TOTAL);
    await vi.runAllTimersAsync();
    expect(book.error?.message).toBe("No answer");
    isDown = false;
    book.retry();
    await vi.runAllTimersAsync();
    expect(book.error).toBeNull();
    expect(book.leadAt(0)?.seq).toBe(1);
  });
});

describe("a filtered book", () => {
  it("is read in order, each page from where the one before it ended", async () => {
    const asked: number[] = [];
    const book = new LeadBook(shelf(1_000, asked), true);
    book.want(0, 30, book.rowCount);
    await vi.runAllTimersAsync();
    expect(book.rowCount).toBe(101);
    book.want(80, 101, book.rowCount);
    await vi.runAllTimersAsync();
    expect(asked).toEqual([0, 100_000]);
    expect(book.leadAt(100)?.seq).toBe(101_000);
    expect(book.isComplete).toBe(false);
  });

  it("knows its end", async () => {
    const book = new LeadBook(shelf(300_000, []), true);
    book.want(0, 30, book.rowCount);
    await vi.runAllTimersAsync();
    expect(book.isComplete).toBe(true);
    expect(book.rowCount).toBe(3);
  });

  it("is empty when nothing matches", async () => {
    const book = new LeadBook(async () => ({ leads: [], next_after_seq: null }), true);
    book.want(0, 1, book.rowCount);
    await vi.runAllTimersAsync();
    expect(book.rowCount).toBe(0);
  });
});
