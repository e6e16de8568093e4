"use client";

import Link from "next/link";
import { CampaignsLink } from "./no-campaign";
import { texts } from "./texts";
import { useCampaign } from "./use-campaign";

const LINK = "hover:underline";

/** The links above a campaign's page. `isOfContacts`: the page is below the campaign's contacts. */
export function CampaignTrail({
  campaignId,
  isOfContacts = false,
}: {
  campaignId: string;
  isOfContacts?: boolean;
}) {
  const campaign = useCampaign(campaignId);
  const path = `/campaigns/${encodeURIComponent(campaignId)}`;
  return (
    <>
      <CampaignsLink />
      {" / "}
      <Link href={path} className={LINK}>
        <bdi>{campaign.data?.name ?? campaignId}</bdi>
      </Link>
      {isOfContacts ? (
        <>
          {" / "}
          <Link href={`${path}/leads`} className={LINK}>
            {texts.contacts}
          </Link>
        </>
      ) : null}
    </>
  );
}
