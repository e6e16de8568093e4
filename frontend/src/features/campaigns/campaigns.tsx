"use client";

import { Plus, Upload } from "lucide-react";
import dynamic from "next/dynamic";
import { useEffect, useMemo } from "react";
import { asStatus } from "@/entities/campaign/status";
import { useOffer } from "@/shared/shell/page-actions";
import { PageHeader } from "@/shared/shell/page-header";
import { Button } from "@/shared/ui/button";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { useQueryState } from "@/shared/use-query-state";
import { CampaignTable } from "./campaign-table";
import { Filters } from "./filters";
import { LOADED_SEARCHED_MAX, shouldLoadMore, shownOf } from "./listing";
import { useCampaigns } from "./requests";
import { texts } from "./texts";
import { useHeld } from "./undoable";

const NewCampaign = dynamic(() => import("./new-campaign").then((it) => it.NewCampaign));
const ImportCampaign = dynamic(() => import("./import-campaign").then((it) => it.ImportCampaign));

/** All campaigns: their names, their status, and the progress of their leads. */
export function Campaigns() {
  const [search, setSearch] = useQueryState("search");
  const [statusText, setStatus] = useQueryState("status");
  const [dialog, setDialog] = useQueryState("open");
  const status = asStatus(statusText);
  const held = useHeld();
  const listed = useCampaigns(status, search !== "");
  const loaded = useMemo(
    () => listed.data?.pages.flatMap((it) => it.campaigns) ?? [],
    [listed.data],
  );
  const shown = useMemo(
    () => shownOf(loaded, { search, status, held }),
    [loaded, search, status, held],
  );
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = listed;
  const isSeeking =
    hasNextPage && shouldLoadMore({ search, loaded: loaded.length, shown: shown.length });
  useEffect(() => {
    if (isSeeking && !isFetchingNextPage && !isError) {
      void fetchNextPage();
    }
  }, [isSeeking, isFetchingNextPage, isError, fetchNextPage]);

  const offers = useMemo(
    () => [
      { name: texts.newCampaign, act: () => setDialog("new") },
      { name: texts.importCampaign, act: () => setDialog("import") },
    ],
    [setDialog],
  );
  useOffer(offers);
  const close = () => setDialog("");
  const isNarrowed = search !== "" || status !== null;

  return (
    <>
      <PageHeader
        title={texts.campaigns}
        actions={
          <>
            <Button onClick={() => setDialog("import")} aria-label={texts.importCampaign}>
              <Upload size={16} aria-hidden />
              <span className="hidden sm:inline">{texts.importShort}</span>
            </Button>
            <Button kind="primary" onClick={() => setDialog("new")}>
              <Plus size={16} aria-hidden />
              <span>
                {texts.newShort}
                <span className="hidden sm:inline"> {texts.campaignSuffix}</span>
              </span>
            </Button>
          </>
        }
      />
      <Filters search={search} onSearch={setSearch} status={status} onStatus={setStatus} />
      <div className="min-h-0 flex-1 overflow-auto">
        {listed.isPending ? (
          <div className="px-8">
            <Skeleton lines={8} />
          </div>
        ) : listed.isError && loaded.length === 0 ? (
          <Failure error={listed.error} onRetry={() => void listed.refetch()} />
        ) : shown.length > 0 ? (
          <CampaignTable campaigns={shown} />
        ) : isSeeking ? null : isNarrowed || loaded.length > 0 ? (
          <Empty
            title={texts.noMatch}
            action={
              isNarrowed ? (
                <Button
                  onClick={() => {
                    setSearch("");
                    setStatus("");
                  }}
                >
                  {texts.showAll}
                </Button>
              ) : null
            }
          >
            {search ? texts.noneNamed(search) : texts.noneWithStatus}
          </Empty>
        ) : (
          <Empty
            title={texts.noneYet}
            action={
              <>
                <Button kind="primary" onClick={() => setDialog("new")}>
                  {texts.newCampaign}
                </Button>
                <Button onClick={() => setDialog("import")}>{texts.importShort}</Button>
              </>
            }
          >
            {texts.noneYetAbout}
          </Empty>
        )}
        <More
          isLoading={isFetchingNextPage}
          onLoad={hasNextPage && !isSeeking ? () => void fetchNextPage() : undefined}
          searched={search && hasNextPage && !isSeeking ? LOADED_SEARCHED_MAX : 0}
        />
      </div>
      {dialog === "new" ? <NewCampaign onClose={close} /> : null}
      {dialog === "import" ? <ImportCampaign onClose={close} /> : null}
    </>
  );
}

interface MoreProps {
  isLoading: boolean;
  onLoad: (() => void) | undefined;
  /** How many campaigns were searched if there are more; 0 if all were. */
  searched: number;
}

function More({ isLoading, onLoad, searched }: MoreProps) {
  if (!isLoading && !onLoad) {
    return null;
  }
  return (
    <div className="flex flex-col items-center gap-2 px-8 py-6">
      {searched ? (
        <p className="text-caption text-ink-faint">{texts.newestSearched(searched)}</p>
      ) : null}
      <Button isBusy={isLoading} onClick={onLoad} disabled={!onLoad}>
        {isLoading ? texts.loading : searched ? texts.searchOlder : texts.loadMore}
      </Button>
    </div>
  );
}
