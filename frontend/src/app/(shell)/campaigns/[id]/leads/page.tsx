import type { Metadata } from "next";
import { LeadsPage } from "@/features/leads/leads-page";

export const metadata: Metadata = { title: "Contacts" };

export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function Page() {
  return <LeadsPage />;
}
