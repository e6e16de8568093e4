"use client";

import { History } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useRestoration } from "@/entities/restoration/requests";
import { texts } from "./texts";

const PAGE = "/restored";

/** A line while the store is held after a restore, with the way to the decision. */
export function HeldBanner() {
  const { data } = useRestoration();
  const here = usePathname();
  return (
    <div role="status">
      {data?.is_held && here !== PAGE ? (
        <p className="flex flex-wrap items-center gap-x-2 bg-waiting-soft px-4 py-1 text-dense sm:px-8">
          <History size={14} aria-hidden className="shrink-0 text-waiting" />
          {texts.held}
          <Link href={PAGE} className="font-medium underline underline-offset-2">
            {texts.decide}
          </Link>
        </p>
      ) : null}
    </div>
  );
}
