/** Shares of a split as whole percents that sum to 100. Pure. */

export const WHOLE = 100;

/** Weights of any scale as whole percents; the largest remainders get what rounding leaves over. */
export function asPercents(weights: readonly number[]): number[] {
  const valid = weights.map((it) => (Number.isFinite(it) && it > 0 ? it : 0));
  const sum = valid.reduce((total, it) => total + it, 0);
  if (sum === 0) {
    return even(weights.length);
  }
  return rounded(valid.map((it) => (it / sum) * WHOLE));
}

export function even(number: number): number[] {
  return rounded(Array.from({ length: number }, () => WHOLE / Math.max(1, number)));
}

/** Sets one share; the others change in proportion, so that all sum to 100 again. */
export function withShare(percents: readonly number[], place: number, value: number): number[] {
  const wanted = Math.min(WHOLE, Math.max(0, Math.round(value)));
  const others = percents.reduce((total, it, at) => (at === place ? total : total + it), 0);
  const left = WHOLE - wanted;
  if (percents.length < 2) {
    return [WHOLE];
  }
  const raw = percents.map((it, at) => {
    if (at === place) {
      return wanted;
    }
    return others > 0 ? (it / others) * left : left / (percents.length - 1);
  });
  return rounded(raw);
}

function rounded(raw: readonly number[]): number[] {
  const whole = raw.map(Math.floor);
  const missing = WHOLE - whole.reduce((total, it) => total + it, 0);
  const order = raw
    .map((it, place) => ({ place, rest: it - Math.floor(it) }))
    .sort((left, right) => right.rest - left.rest || left.place - right.place);
  for (const { place } of order.slice(0, Math.max(0, missing))) {
    whole[place] = (whole[place] ?? 0) + 1;
  }
  return whole;
}
