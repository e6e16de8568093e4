"use client";

import { PageBroke } from "@/shared/shell/page-error";
import { Providers } from "@/shared/shell/providers";
import "./globals.css";

/** Where the frame around every page threw. */
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
