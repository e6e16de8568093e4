import type { Metadata } from "next";
import { Sessions } from "@/features/sessions/sessions";
import { texts } from "../../texts";

export const metadata: Metadata = { title: texts.sessions };

export default function SessionsPage() {
  return <Sessions />;
}
