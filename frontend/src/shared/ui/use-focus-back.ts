"use client";

import { useLayoutEffect } from "react";

/**
 * Returns the focus to the element that had it, once the dialog has closed and nothing else took
 * it. Dialogs that are opened by state do not know their button.
 */
export function useFocusBack(isOpen: boolean): void {
  useLayoutEffect(() => {
    if (!isOpen) {
      return;
    }
    const opener = focused();
    return () => {
      setTimeout(() => {
        const isFree = document.activeElement === document.body || !document.activeElement;
        if (isFree && opener instanceof HTMLElement && opener.isConnected) {
          opener.focus();
        }
      });
    };
  }, [isOpen]);
}

/** The element that has the focus; for an item of a menu, which is about to go, the menu's button. */
function focused(): Element | null {
  const element = document.activeElement;
  const menu = element?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : element;
}
