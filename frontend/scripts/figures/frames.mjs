// @ts-check
/**
 * The page's own animation frames while something happens, and the events in them: an idle page
 * gets its sixty frames a second for nothing.
 */
import { median } from "./figure.mjs";

const FPS_MIN = 50;

/** @typedef {import("@playwright/test").Page} Page */

/**
 * @typedef {object} Act
 * @property {string} name
 * @property {number} [fpsMin]
 * @property {() => Promise<unknown>} [prepare]
 * @property {() => Promise<unknown>} act runs while frames are counted
 */

/** @typedef {{ fps: number, worstMs: number, heard: number }} Counted `heard`: mouse or wheel
 * events per second that reached the page; several within a frame count as one */

/**
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 * @returns {Promise<Counted>}
 */
export async function frames(page, act) {
  await page.evaluate(() => {
    /** @type {number[]} */
    const times = [];
    let heard = 0;
    const kinds = ["mousemove", "wheel"];
    const hear = () => {
      heard += 1;
    };
    for (const kind of kinds) {
      addEventListener(kind, hear, { capture: true, passive: true });
    }
    let asked = requestAnimationFrame(function count(at) {
      times.push(at);
      asked = requestAnimationFrame(count);
    });
    Object.assign(window, {
      endOfFrames: () => {
        cancelAnimationFrame(asked);
        for (const kind of kinds) {
          removeEventListener(kind, hear, { capture: true });
        }
        return { times, heard };
      },
    });
  });
  await act();
  /** @type {{ times: number[], heard: number }} */
  const { times, heard } = await page.evaluate("endOfFrames()");
  const gaps = times.slice(1).map((at, place) => at - (times[place] ?? at));
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  return { fps: gaps.length / seconds, worstMs: Math.max(...gaps), heard: heard / seconds };
}

/**
 * Rounds alternate, so that all acts see the same load of the machine.
 *
 * @param {string} part
 * @param {Page} page
 * @param {readonly Act[]} acts
 * @param {number} rounds
 */
export async function framesOf(part, page, acts, rounds) {
  const found = acts.map((it) => ({ ...it, counted: /** @type {Counted[]} */ ([]) }));
  for (let round = 0; round < rounds; round += 1) {
    for (const it of found) {
      await it.prepare?.();
      it.counted.push(await frames(page, it.act));
    }
  }
  return found.map(({ name, fpsMin = FPS_MIN, counted }) => ({
    part,
    name,
    unit: "fps",
    values: counted.map((it) => it.fps),
    wanted: fpsMin,
    note: noteOf(counted),
  }));
}

/** @param {readonly Counted[]} counted */
export function noteOf(counted) {
  const worst = counted.map((it) => Math.round(it.worstMs));
  const heard = Math.round(median(counted.map((it) => it.heard)));
  const range = `longest frame ${median(worst)} ms (${Math.min(...worst)} – ${Math.max(...worst)})`;
  return heard > 0 ? `${range}, ${heard} moves a second heard of` : range;
}
