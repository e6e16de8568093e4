"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { Tooltip } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Toaster } from "sonner";
import { ApiError } from "@/shared/api/problem";

const ATTEMPTS_MAX = 2;

/** Pages with something at their edges keep the toasts off it: `ToastRoom`. */
const TOASTS_AT = {
  right: "calc(16px + var(--toast-right, 0px))",
  bottom: "calc(16px + var(--toast-bottom, 0px))",
};

/** Retries if there was no answer, too many requests came, or the server is failing. A request that
 * is refused otherwise stays refused. */
function isPassing(error: Error): boolean {
  return (
    !(error instanceof ApiError) ||
    error.status === 0 ||
    error.status === 429 ||
    error.status >= 500
  );
}

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            // Only a request shows whether the server answers: it may be on the same machine.
            networkMode: "always",
            staleTime: 2_000,
            retry: (failures, error) => failures < ATTEMPTS_MAX && isPassing(error),
          },
          mutations: { networkMode: "always" },
        },
      }),
  );
  return (
    <ThemeProvider
      attribute="data-theme"
      defaultTheme="system"
      enableSystem
      disableTransitionOnChange
    >
      <QueryClientProvider client={queries}>
        <Tooltip.Provider delayDuration={400}>{children}</Tooltip.Provider>
        <Toaster
          position="bottom-right"
          offset={TOASTS_AT}
          mobileOffset={TOASTS_AT}
          style={{ fontFamily: "inherit" }}
          toastOptions={{
            classNames: {
              toast: "!rounded-card !border-line !bg-raised !text-ink !shadow-float",
              description: "!text-ink-soft",
              actionButton:
                "!h-7 !rounded-control !bg-accent !px-2.5 !font-medium !text-on-accent hover:!bg-accent-strong",
            },
          }}
        />
      </QueryClientProvider>
    </ThemeProvider>
  );
}
