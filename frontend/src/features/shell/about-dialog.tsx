"use client";

import { useEffect, useState } from "react";
import { Dialog } from "@/shared/ui/dialog";
import { texts } from "./texts";

const OPEN = "emailbuilder:about";

export function openAbout(): void {
  window.dispatchEvent(new Event(OPEN));
}

const MADE_WITH = [
  ["React Flow", "https://reactflow.dev"],
  ["Next.js", "https://nextjs.org"],
  ["Radix UI", "https://www.radix-ui.com"],
  ["Lucide", "https://lucide.dev"],
  ["Inter", "https://rsms.me/inter"],
] as const;

/** The product, its licence, and whose work it is made with. */
export function AboutDialog() {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const open = () => setIsOpen(true);
    window.addEventListener(OPEN, open);
    return () => window.removeEventListener(OPEN, open);
  }, []);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => setIsOpen(false)}
      title={texts.product}
      about={texts.aboutText}
    >
      <p className="pb-6 text-dense text-ink-soft">
        {texts.licence} {texts.madeWith}{" "}
        {MADE_WITH.map(([name, href], place) => (
          <span key={name}>
            {place > 0 ? " · " : null}
            <a href={href} target="_blank" rel="noreferrer" className="text-accent underline">
              {name}
            </a>
          </span>
        ))}
      </p>
    </Dialog>
  );
}
