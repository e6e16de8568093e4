/** Facts about a file and its upload, in words. Pure. */
import { texts } from "./texts";

/** The preview reads no more than this: the beginning shows the format of the rest. */
export const PREVIEW_BYTES_MAX = 1024 * 1024;

const UNITS = ["bytes", "KB", "MB", "GB"] as const;

/** "812 bytes", "4.2 MB": as the API counts, 1 MB is 1024 × 1024 bytes. */
export function bytesText(bytes: number): string {
  let amount = bytes;
  let place = 0;
  while (amount >= 1024 && place < UNITS.length - 1) {
    amount /= 1024;
    place += 1;
  }
  const digits = place > 0 && amount < 10 ? 1 : 0;
  const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }).format(amount);
  return `${number} ${bytes === 1 ? "byte" : (UNITS[place] ?? "")}`;
}

const DELIMITERS: Record<string, string> = {
  ",": texts.comma,
  ";": texts.semicolon,
  "\t": texts.tab,
  "|": texts.bar,
};

export function delimiterName(delimiter: string | null | undefined): string {
  if (!delimiter) {
    return "–";
  }
  const name = DELIMITERS[delimiter];
  return name ? (delimiter === "\t" ? name : `${name} ( ${delimiter} )`) : `“${delimiter}”`;
}

/** 0 to 1; 0 if there is nothing to divide by. */
export function share(done: number, total: number | null): number {
  return total ? Math.min(1, Math.max(0, done / total)) : 0;
}

/** "about 2 minutes left"; empty while there is too little data for an estimate. */
export function timeLeft(done: number, total: number, elapsedMs: number): string {
  const part = share(done, total);
  if (elapsedMs < 2_000 || part < 0.02 || part >= 1) {
    return "";
  }
  const seconds = Math.ceil((elapsedMs / part - elapsedMs) / 1000);
  if (seconds < 90) {
    return texts.secondsLeft(seconds);
  }
  return texts.minutesLeft(Math.round(seconds / 60));
}
