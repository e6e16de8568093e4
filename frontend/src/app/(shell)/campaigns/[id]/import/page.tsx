import type { Metadata } from "next";
import { ImportPage } from "@/features/import/import-page";

export const metadata: Metadata = { title: "Import contacts" };

export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function Page() {
  return <ImportPage />;
}
