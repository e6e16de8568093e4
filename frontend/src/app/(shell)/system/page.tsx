import type { Metadata } from "next";
import { System } from "@/features/system/system";

export const metadata: Metadata = { title: "System" };

export default function SystemPage() {
  return <System />;
}
