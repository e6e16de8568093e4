"use client";

import { useLayoutEffect } from "react";

const OVER_THE_PAGE = "[role=dialog], [role=menu], [data-radix-focus-guard]";

/**
 * Returns the focus to the element that had it, once the dialog has closed and nothing else took
 * it.
 *
 * Dialogs that are opened by state do not know their button. For one opened from a menu, the focus
 * returns to the menu's button, which gets it while the dialog is already open.
 */
export function useFocusBack(isOpen: boolean): void {
  useLayoutEffect(() => {
    if (!isOpen) {
      return;
    }
    let opener = document.activeElement;
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof Element && !target.closest(OVER_THE_PAGE)) {
        opener = target;
      }
    };
    document.addEventListener("focusin", onFocus);
    return () => {
      document.removeEventListener("focusin", onFocus);
      setTimeout(() => {
        const isFree = document.activeElement === document.body || !document.activeElement;
        if (isFree && opener instanceof HTMLElement && opener.isConnected) {
          opener.focus();
        }
      });
    };
  }, [isOpen]);
}
