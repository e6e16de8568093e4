"use client";

import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { withinPage } from "./within-page";

interface CheckMenuProps {
  trigger: ReactNode;
  /** The heading above the items. */
  label: string;
  items: readonly string[];
  chosen: readonly string[];
  onToggle: (item: string) => void;
}

/** A choice of several items; stays open while the user chooses. */
export function CheckMenu({ trigger, label, items, chosen, onToggle }: CheckMenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={withinPage()}>
        <Radix.Content
          align="end"
          sideOffset={4}
          className="z-50 max-h-80 min-w-44 animate-appear overflow-y-auto rounded-card border border-line-strong bg-raised p-1 shadow-float"
        >
          <Radix.Label className="px-2 py-1.5 text-caption text-ink-faint">{label}</Radix.Label>
          {items.map((item) => (
            <Radix.CheckboxItem
              key={item}
              checked={chosen.includes(item)}
              onCheckedChange={() => onToggle(item)}
              onSelect={(event) => event.preventDefault()}
              className="flex h-8 cursor-pointer select-none items-center gap-2 rounded-control px-2 outline-none data-highlighted:bg-accent-soft"
            >
              <span className="flex size-4 items-center justify-center">
                <Radix.ItemIndicator>
                  <Check size={16} className="text-accent" aria-hidden />
                </Radix.ItemIndicator>
              </span>
              {item}
            </Radix.CheckboxItem>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
