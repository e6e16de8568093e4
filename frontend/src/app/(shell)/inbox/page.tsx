import type { Metadata } from "next";
import { InboxPage } from "@/features/inbox/inbox-page";
import { texts } from "../../texts";

export const metadata: Metadata = { title: texts.inbox };

export default function Page() {
  return <InboxPage />;
}
