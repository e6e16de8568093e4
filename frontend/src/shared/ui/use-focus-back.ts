"use client";

import { useLayoutEffect } from "react";

const OVER_THE_PAGE = "[role=dialog], [role=menu], [data-radix-focus-guard]";

/**
 * Gives the focus back to what had it, once what was open has closed and nobody else took it.
 *
 * Dialogs that are opened by state know no button of theirs. One that was chosen from a menu is
 * given back to the menu's button, which gets the focus while the dialog is open already.
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
