import type { Metadata } from "next";
import { Restored } from "@/features/restored/restored";
import { texts } from "../../texts";

export const metadata: Metadata = { title: texts.restored };

export default function RestoredPage() {
  return <Restored />;
}
