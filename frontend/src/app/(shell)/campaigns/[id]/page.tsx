import type { Metadata } from "next";
import { Builder } from "@/features/builder/builder";
import { texts } from "../../../texts";

export const metadata: Metadata = { title: texts.flow };

/** One file for all of them: the page reads from its address which one it is. */
export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function CampaignPage() {
  return <Builder />;
}
