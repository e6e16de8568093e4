import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Providers } from "@/shared/shell/providers";
import { texts } from "./texts";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: texts.product, template: "%s · EmailBuilder" },
  description: texts.description,
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
