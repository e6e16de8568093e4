import { pbkdf2Sync } from "node:crypto";

const ROUNDS = 1_200_000;
/** The processor time they take where the limits were set: what is beyond it was spent waiting. */
const QUIET_MS = 250;

/**
 * How much slower than a quiet one this machine is just now, at least 1: time limits grow with it.
 * Measured once a run; the workers of the tests read it from their environment.
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
