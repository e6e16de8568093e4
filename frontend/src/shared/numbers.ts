const whole = new Intl.NumberFormat();

/** 4812 in the format of the viewer's locale. */
export function count(value: number): string {
  return whole.format(value);
}

/** "1 contact", "4,812 contacts". */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const share = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** "49.5 %", as everywhere in the interface; "–" if there is nothing to divide by. */
export function percent(part: number, of: number): string {
  return of === 0 ? "–" : `${share.format((100 * part) / of)} %`;
}
