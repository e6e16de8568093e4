import type { Metadata } from "next";
import { LeadPage } from "@/features/lead/lead-page";
import { texts } from "../../../../../texts";

export const metadata: Metadata = { title: texts.lead };

export function generateStaticParams() {
  return [{ id: "_", lead: "_" }];
}

export default function Page() {
  return <LeadPage />;
}
