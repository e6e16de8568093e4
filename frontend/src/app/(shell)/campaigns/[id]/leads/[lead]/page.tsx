import type { Metadata } from "next";
import { LeadPage } from "@/features/lead/lead-page";

export const metadata: Metadata = { title: "Lead" };

export function generateStaticParams() {
  return [{ id: "_", lead: "_" }];
}

export default function Page() {
  return <LeadPage />;
}
