/** Where a menu is put: within the page's landmark, so that screen readers find it there. */
export function withinPage(): HTMLElement | null {
  return typeof document === "undefined" ? null : document.getElementById("page");
}
