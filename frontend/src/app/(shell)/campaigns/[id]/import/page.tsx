import type { Metadata } from "next";
import { ImportPage } from "@/features/import/import-page";
import { texts } from "../../../../texts";

export const metadata: Metadata = { title: texts.importContacts };

export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function Page() {
  return <ImportPage />;
}
