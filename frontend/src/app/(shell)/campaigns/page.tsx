import type { Metadata } from "next";
import { Suspense } from "react";
import { Campaigns } from "@/features/campaigns/campaigns";

export const metadata: Metadata = { title: "Campaigns" };

export default function CampaignsPage() {
  return (
    <Suspense>
      <Campaigns />
    </Suspense>
  );
}
