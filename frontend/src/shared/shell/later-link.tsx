"use client";

import Link from "next/link";
import type { ComponentProps } from "react";
import { useSettled } from "./use-settled";

/** To another page, whose code is fetched ahead: but not in the way of this one's. */
export function LaterLink(props: Omit<ComponentProps<typeof Link>, "prefetch">) {
  const isSettled = useSettled();
  return <Link {...props} prefetch={isSettled ? null : false} />;
}
