import type { Metadata } from "next";
import { Builder } from "@/features/builder/builder";

export const metadata: Metadata = { title: "Flow" };

/** One file for all of them: the page reads from its address which one it is. */
export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function CampaignPage() {
  return <Builder />;
}
