/** Changes what the page's address asks for, without leaving the page. */
export function askFor(params: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(params).toString();
  window.history.pushState(null, "", `${window.location.pathname}${query ? `?${query}` : ""}`);
}
