"use client";

import Link from "next/link";
import type { ComponentProps } from "react";
import { useSettled } from "./use-settled";

/** A link to another page, which prefetches that page's code without delaying this one's. */
export function LaterLink(props: Omit<ComponentProps<typeof Link>, "prefetch">) {
  const isSettled = useSettled();
  return <Link {...props} prefetch={isSettled ? null : false} />;
}
