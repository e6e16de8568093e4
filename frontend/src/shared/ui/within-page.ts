/** The container for menus: within the page's landmark, so that screen readers find them there. */
export function withinPage(): HTMLElement | null {
  return typeof document === "undefined" ? null : document.getElementById("page");
}
