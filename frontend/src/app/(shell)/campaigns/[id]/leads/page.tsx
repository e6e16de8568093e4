import type { Metadata } from "next";
import { LeadsPage } from "@/features/leads/leads-page";
import { texts } from "../../../../texts";

export const metadata: Metadata = { title: texts.contacts };

export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function Page() {
  return <LeadsPage />;
}
