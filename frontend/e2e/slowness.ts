const ROUNDS = 50_000_000;
/** How long they take on two quiet cores, as a laptop of 2024 has them. */
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
  let sum = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    sum = (sum * 31 + round) | 0;
  }
  const factor = Math.max(1, (performance.now() - began) / QUIET_MS + (sum === 0 ? 1 : 0));
  process.env.E2E_SLOWNESS = String(factor);
  return factor;
}
