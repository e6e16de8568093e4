import type { Metadata } from "next";
import { System } from "@/features/system/system";
import { texts } from "../../texts";

export const metadata: Metadata = { title: texts.system };

export default function SystemPage() {
  return <System />;
}
