/** Changes the query of the page's address without leaving the page. */
export function askFor(params: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(params).toString();
  window.history.pushState(null, "", `${window.location.pathname}${query ? `?${query}` : ""}`);
}

/** Back to the counts of all leads. */
export function showAll(): void {
  askFor({});
}
