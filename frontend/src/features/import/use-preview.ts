"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { contentTypeOf } from "@/shared/file-kind";
import type { Source } from "./choose";
import { PREVIEW_BYTES_MAX } from "./facts";
import { type Decisions, parametersOf } from "./policy";

export type Preview = Schemas["ContactsPreviewView"];

let numbered = 0;
const numbers = new WeakMap<Blob, number>();

/** File objects have no distinguishing ids, so each gets a number. */
function numberOf(body: Blob): number {
  const known = numbers.get(body);
  if (known !== undefined) {
    return known;
  }
  numbered += 1;
  numbers.set(body, numbered);
  return numbered;
}

/**
 * What an import would make of the beginning of this file. Only the beginning is read and sent,
 * but of a workbook all.
 */
export function usePreview(campaignId: string, source: Source, decisions: Decisions) {
  const isCut = !source.isWorkbook && source.body.size > PREVIEW_BYTES_MAX;
  return useQuery({
    queryKey: ["contacts-preview", campaignId, numberOf(source.body), decisions],
    queryFn: ({ signal }): Promise<Preview> =>
      ask(
        api.POST("/api/v1/campaigns/{campaign_id}/contacts/preview", {
          params: {
            path: { campaign_id: campaignId },
            query: { part: isCut, ...parametersOf(decisions) },
          },
          headers: { "Content-Type": contentTypeOf(source.isWorkbook) },
          body: (isCut
            ? source.body.slice(0, PREVIEW_BYTES_MAX)
            : source.body) as unknown as string,
          bodySerializer: (body) => body as unknown as Blob,
          signal,
        }),
      ),
    // The audience may change, so each preview is requested again, but never automatically.
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}
