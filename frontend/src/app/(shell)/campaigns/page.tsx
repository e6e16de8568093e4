import type { Metadata } from "next";
import { Suspense } from "react";
import { Campaigns } from "@/features/campaigns/campaigns";
import { texts } from "../../texts";

export const metadata: Metadata = { title: texts.campaigns };

export default function CampaignsPage() {
  return (
    <Suspense>
      <Campaigns />
    </Suspense>
  );
}
