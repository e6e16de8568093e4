import type { Metadata } from "next";
import { Suppressions } from "@/features/suppressions/suppressions";
import { texts } from "../../texts";

export const metadata: Metadata = { title: texts.doNotContact };

export default function DoNotContactPage() {
  return <Suppressions />;
}
