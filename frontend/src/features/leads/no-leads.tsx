"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { api, ask, type Schemas } from "@/shared/api/client";
import { Empty } from "@/shared/ui/states";
import { ContactList, useContacts } from "./contact-list";
import { texts } from "./texts";

const REFRESH_MS = 2_000;

function acceptedIn(jobs: Schemas["JobView"][]): number {
  return jobs
    .filter((job) => job.kind === "import")
    .reduce(
      (sum, job) => sum + (typeof job.report.accepted === "number" ? job.report.accepted : 0),
      0,
    );
}

/** Contacts become leads at the launch; until then, they are listed as they are. */
export function NoLeads({ campaignId, status }: { campaignId: string; status: string }) {
  const jobs = useQuery({
    queryKey: ["jobs", campaignId],
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/jobs", {
          params: { path: { campaign_id: campaignId } },
          signal,
        }),
      ),
    refetchInterval: REFRESH_MS,
  });
  const accepted = acceptedIn(jobs.data?.jobs ?? []);
  const listed = useContacts(campaignId, "", accepted);
  const contacts = listed.data?.pages[0]?.total ?? 0;
  const path = `/campaigns/${encodeURIComponent(campaignId)}`;
  const action = (
    <Link
      href={`${path}/import`}
      className="inline-flex h-8 items-center rounded-control bg-accent px-3 font-medium text-on-accent hover:bg-accent-strong"
    >
      {texts.importContacts}
    </Link>
  );
  if (contacts > 0) {
    return status === "draft" || status === "scheduled" ? (
      <ContactList campaignId={campaignId} edition={accepted} total={contacts} />
    ) : (
      <Empty title={texts.firstEntering}>{texts.imported(contacts)}</Empty>
    );
  }
  return (
    <Empty title={texts.none} action={action}>
      {texts.noneAbout}
    </Empty>
  );
}
