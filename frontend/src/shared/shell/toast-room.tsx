"use client";

import { useEffect } from "react";

/** Keeps toasts off what is at the right or lower edge of a page, in pixels, while this is shown. */
export function ToastRoom({ side, px }: { side: "right" | "bottom"; px: number }) {
  useEffect(() => {
    const { style } = document.documentElement;
    const name = `--toast-${side}`;
    style.setProperty(name, `${px}px`);
    return () => {
      style.removeProperty(name);
    };
  }, [side, px]);
  return null;
}
