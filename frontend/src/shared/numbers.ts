const whole = new Intl.NumberFormat();

/** 4812 in the format of the viewer's locale. */
export function count(value: number): string {
  return whole.format(value);
}

/** "1 contact", "4,812 contacts". */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share of 0 to 1; "–" if there is nothing to divide by. */
export function percent(part: number, whole_: number): string {
  if (whole_ === 0) {
    return "–";
  }
  return new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 }).format(
    part / whole_,
  );
}
