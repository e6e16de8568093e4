import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Providers } from "@/shared/shell/providers";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "EmailBuilder", template: "%s · EmailBuilder" },
  description: "Campaigns as flows, and every lead's way through them.",
  referrer: "no-referrer",
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
