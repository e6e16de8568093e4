"use client";

import { PageBroke } from "@/shared/shell/page-error";
import { Providers } from "@/shared/shell/providers";
import "./globals.css";

/** Shown if the frame around every page throws. */
export default function GlobalError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <Providers>
          <main>
            <PageBroke error={error} onAgain={reset} />
          </main>
        </Providers>
      </body>
    </html>
  );
}
