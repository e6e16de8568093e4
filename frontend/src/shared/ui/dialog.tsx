"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { classNames } from "@/shared/class-names";
import { texts } from "@/shared/texts";
import { Button } from "./button";
import { useFocusBack } from "./use-focus-back";

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** One sentence under the title. */
  about?: ReactNode;
  children?: ReactNode;
  /** Buttons, the verb last. */
  actions?: ReactNode;
  isWide?: boolean;
  /** Where the focus goes instead of back, if the default is prevented. */
  onCloseAutoFocus?: (event: Event) => void;
}

export function Dialog({
  isOpen,
  onClose,
  title,
  about,
  children,
  actions,
  isWide,
  onCloseAutoFocus,
}: DialogProps) {
  useFocusBack(isOpen);
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => open || onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/35" />
        <Radix.Content
          {...(onCloseAutoFocus ? { onCloseAutoFocus } : {})}
          className={classNames(
            "fixed top-1/2 left-1/2 z-50 flex max-h-[88vh] w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-card bg-raised shadow-float",
            isWide ? "max-w-3xl" : "max-w-md",
          )}
          {...(about ? {} : { "aria-describedby": undefined })}
        >
          <header className="py-5 pr-14 pb-3 pl-6">
            <Radix.Title className="break-words font-semibold text-title">{title}</Radix.Title>
            {about ? (
              <Radix.Description className="mt-1 text-ink-soft">{about}</Radix.Description>
            ) : null}
          </header>
          {children ? <div className="min-h-0 overflow-y-auto px-6 py-2">{children}</div> : null}
          {actions ? (
            <footer className="flex flex-wrap justify-end gap-2 px-6 pt-3 pb-5">{actions}</footer>
          ) : null}
          {/* Last, so that opening a dialog leads to its first field or first button. */}
          <Radix.Close asChild>
            <Button
              kind="quiet"
              isSquare
              aria-label={texts.close}
              className="absolute top-4 right-4"
            >
              <X size={16} />
            </Button>
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
