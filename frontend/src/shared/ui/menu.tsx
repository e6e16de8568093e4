"use client";

import { DropdownMenu as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { classNames } from "@/shared/class-names";
import { withinPage } from "./within-page";

export interface MenuItem {
  label: string;
  /** The shortcut that does the same. */
  keys?: string;
  icon?: ReactNode;
  onSelect: () => void;
  isDangerous?: boolean;
  isDisabled?: boolean;
}

type Items = readonly (MenuItem | null)[];

const PANEL =
  "z-50 min-w-44 animate-appear rounded-card border border-line-strong bg-raised p-1 shadow-float";

/** Actions behind a button; `null` draws a line between groups. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: Items }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={withinPage()}>
        <Radix.Content align="end" sideOffset={4} className={PANEL}>
          <Rows items={items} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Actions at a point of the window: a right click. The focus returns to where it was, unless an
 * action moved it. */
export function MenuAt({
  at,
  label,
  items,
  onClose,
}: {
  at: { readonly x: number; readonly y: number };
  label: string;
  items: Items;
  onClose: () => void;
}) {
  const opener = useRef(typeof document === "undefined" ? null : document.activeElement);
  return (
    <Radix.Root open modal={false} onOpenChange={(isOpen) => isOpen || onClose()}>
      <Radix.Trigger asChild>
        <span
          aria-hidden
          tabIndex={-1}
          className="pointer-events-none fixed size-0"
          style={{ left: at.x, top: at.y }}
        />
      </Radix.Trigger>
      <Radix.Portal container={withinPage()}>
        <Radix.Content
          align="start"
          aria-label={label}
          className={PANEL}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const isFree = [document.body, null].includes(document.activeElement as HTMLElement);
            if (isFree && opener.current instanceof HTMLElement) {
              opener.current.focus({ preventScroll: true });
            }
          }}
        >
          <Rows items={items} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Rows({ items }: { items: Items }) {
  return items.map((item, place) =>
    item === null ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: separators have no ids
      <Radix.Separator key={place} className="my-1 h-px bg-line" />
    ) : (
      <Radix.Item
        key={item.label}
        disabled={item.isDisabled ?? false}
        onSelect={item.onSelect}
        className={classNames(
          "flex h-8 cursor-pointer select-none items-center gap-2 rounded-control px-2 outline-none data-disabled:opacity-50 data-highlighted:bg-accent-soft",
          item.isDangerous && "text-failed",
        )}
      >
        {item.icon}
        {item.label}
        {item.keys ? (
          <kbd className="ml-auto pl-6 font-sans text-caption text-ink-faint">{item.keys}</kbd>
        ) : null}
      </Radix.Item>
    ),
  );
}
