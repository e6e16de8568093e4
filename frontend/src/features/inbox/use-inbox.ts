"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type MailHead, type MailPage, NoInboxError, readPage } from "./inbox-api";

const PAGE_MAILS = 50;
const REFRESH_MS = 2_000;
/** Older mails can be found by filtering; a list is not for scrolling through thousands. */
const PAGES_MAX = 20;

/** Newest first; new mails appear by themselves while the page is visible. */
export function useInbox(recipient: string) {
  const query = useInfiniteQuery({
    queryKey: ["inbox", "list", recipient],
    queryFn: ({ pageParam, signal }) => readPage(recipient, pageParam, PAGE_MAILS, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last: MailPage, pages: MailPage[]) =>
      pages.length < PAGES_MAX ? last.nextCursor : null,
    refetchInterval: (it) => (it.state.error instanceof NoInboxError ? false : REFRESH_MS),
    retry: (failures, error) => !(error instanceof NoInboxError) && failures < 2,
  });
  const mails = useMemo(() => unique(query.data?.pages ?? []), [query.data]);
  return { query, mails, total: query.data?.pages[0]?.total ?? 0 };
}

/** A mail that arrived between two pages is in both. */
function unique(pages: MailPage[]): MailHead[] {
  const byId = new Map(pages.flatMap((page) => page.mails).map((mail) => [mail.id, mail]));
  return [...byId.values()];
}
