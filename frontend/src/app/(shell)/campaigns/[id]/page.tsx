import type { Metadata } from "next";
import { Builder } from "@/features/builder/builder";
import { texts } from "../../../texts";

export const metadata: Metadata = { title: texts.flow };

/** One file for all campaigns: the page reads the campaign's id from its address. */
export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function CampaignPage() {
  return <Builder />;
}
