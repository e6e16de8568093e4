"use client";

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { LEAD_FILTERS } from "@/entities/lead/standing";
import { api, ask } from "@/shared/api/client";
import { onUsableAgain } from "@/shared/api/reach";
import { LeadBook } from "./lead-book";
import { PAGE_ROWS } from "./paging";
import type { Filters } from "./use-filters";

const REFRESH_MS = 3_000;

/** A book for these filters; `isLive`: pages in view are reloaded from time to time. */
export function useLeadBook(campaignId: string, filters: Filters, isLive: boolean): LeadBook {
  const { status, node, email } = filters;
  const book = useMemo(() => {
    const isFiltered = status !== null || node !== null || email !== "";
    return new LeadBook(
      (afterSeq, signal) =>
        ask(
          api.GET("/api/v1/campaigns/{campaign_id}/leads", {
            params: {
              path: { campaign_id: campaignId },
              query: {
                after_seq: afterSeq,
                limit: PAGE_ROWS,
                ...(status ? { status: [...LEAD_FILTERS[status].statuses] } : {}),
                ...(node ? { node } : {}),
                ...(email ? { email } : {}),
              },
            },
            signal,
          }),
        ),
      isFiltered,
    );
  }, [campaignId, status, node, email]);
  useEffect(() => () => book.close(), [book]);
  useEffect(() => onUsableAgain(() => book.retry()), [book]);
  useEffect(() => {
    if (!isLive) {
      return;
    }
    const looking = setInterval(() => {
      if (document.visibilityState === "visible") {
        book.refresh();
      }
    }, REFRESH_MS);
    return () => clearInterval(looking);
  }, [book, isLive]);
  useSyncExternalStore(book.subscribe, book.version, () => 0);
  return book;
}
