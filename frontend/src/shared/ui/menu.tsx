"use client";

import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { classNames } from "@/shared/class-names";
import { withinPage } from "./within-page";

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  onSelect: () => void;
  isDangerous?: boolean;
  isDisabled?: boolean;
}

/** Actions behind a button; `null` draws a line between groups. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: (MenuItem | null)[] }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={withinPage()}>
        <Radix.Content
          align="end"
          sideOffset={4}
          className="z-50 min-w-44 animate-appear rounded-card border border-line bg-raised p-1 shadow-float"
        >
          {items.map((item, place) =>
            item === null ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: separators have no ids
              <Radix.Separator key={place} className="my-1 h-px bg-line" />
            ) : (
              <Radix.Item
                key={item.label}
                disabled={item.isDisabled ?? false}
                onSelect={item.onSelect}
                className={classNames(
                  "flex h-8 cursor-pointer select-none items-center gap-2 rounded-control px-2 outline-none data-disabled:opacity-50 data-highlighted:bg-sunken",
                  item.isDangerous && "text-failed",
                )}
              >
                {item.icon}
                {item.label}
              </Radix.Item>
            ),
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
