"use client";

import { PageBroke } from "@/shared/shell/page-error";

export default function ErrorPage({ error, reset }: { error: Error; reset: () => void }) {
  return <PageBroke error={error} onAgain={reset} />;
}
