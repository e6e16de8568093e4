/** `{{contact.first_name}}` takes too much of a line: `{first_name}` says as much. */
export function readable(text: string): string {
  return text.replace(/\{\{\s*(?:contact\.)?([^{}|\s]+)[^{}]*\}\}/g, "{$1}");
}
