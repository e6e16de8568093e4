import { pbkdf2Sync } from "node:crypto";

const ROUNDS = 1_200_000;
/** The processor time that they take on the machine where the limits were set; the rest was
 * waiting. */
const QUIET_MS = 250;

/**
 * How much slower than a quiet machine this one is right now, at least 1; time limits scale with
 * it. Measured once per run; the test workers read it from their environment.
 */
export function slowness(): number {
  const known = Number(process.env.E2E_SLOWNESS);
  if (known > 0) {
    return known;
  }
  const began = performance.now();
  pbkdf2Sync("", "", ROUNDS, 32, "sha256");
  const factor = Math.max(1, (performance.now() - began) / QUIET_MS);
  process.env.E2E_SLOWNESS = String(factor);
  return factor;
}
