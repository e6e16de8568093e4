/** `{{contact.first_name}}` takes too much space in a line: `{first_name}` says the same. */
export function readable(text: string): string {
  return text.replace(/\{\{\s*(?:contact\.)?([^{}|\s]+)[^{}]*\}\}/g, "{$1}");
}
