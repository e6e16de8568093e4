// @ts-check
/**
 * Frames in which something moved. A page that answers to every tenth move of the mouse still gets
 * sixty frames a second from the browser, so those do not count: what is under the hand must be
 * elsewhere than in the frame before.
 */
import { median } from "./figure.mjs";

const FPS_MIN = 50;

/** @typedef {import("@playwright/test").Page} Page */

/**
 * @typedef {object} Act
 * @property {string} name
 * @property {string} moving what moves: a selector; its `style` or its scrolling says where it is
 * @property {number} [fpsMin]
 * @property {() => Promise<unknown>} [prepare]
 * @property {() => Promise<unknown>} act goes on while frames are counted
 */

/**
 * Frames a second while `act` goes on, and the longest time without one, in ms.
 *
 * @param {Page} page
 * @param {string | null} moving null: nothing does, so all frames count
 * @param {() => Promise<unknown>} act
 */
export async function frames(page, moving, act) {
  await page.evaluate((selector) => {
    /** @type {number[]} */
    const times = [];
    let was = "";
    const count = (/** @type {number} */ at) => {
      const element = selector === null ? null : document.querySelector(selector);
      const where = `${element?.getAttribute("style")} ${element?.scrollTop}`;
      if (selector === null || where !== was) {
        times.push(at);
      }
      was = where;
      asked = requestAnimationFrame(count);
    };
    let asked = requestAnimationFrame(count);
    Object.assign(window, {
      endOfFrames: () => {
        cancelAnimationFrame(asked);
        return times;
      },
    });
  }, moving);
  await act();
  /** @type {number[]} */
  const times = await page.evaluate("endOfFrames()");
  const gaps = times.slice(1).map((at, place) => at - (times[place] ?? at));
  const whole = gaps.reduce((sum, gap) => sum + gap, 0);
  return { fps: (gaps.length * 1000) / whole, worstMs: Math.max(...gaps) };
}

/**
 * Rounds take turns, so that all acts see the same neighbours.
 *
 * @param {string} part
 * @param {Page} page
 * @param {readonly (Omit<Act, "moving"> & { moving: string | null })[]} acts
 * @param {number} rounds
 */
export async function framesOf(part, page, acts, rounds) {
  const found = acts.map((it) => ({
    ...it,
    found: /** @type {Awaited<ReturnType<typeof frames>>[]} */ ([]),
  }));
  for (let round = 0; round < rounds; round += 1) {
    for (const it of found) {
      await it.prepare?.();
      it.found.push(await frames(page, it.moving, it.act));
    }
  }
  return found.map(({ name, fpsMin = FPS_MIN, found }) => ({
    part,
    name,
    unit: "fps",
    values: found.map((it) => it.fps),
    wanted: fpsMin,
    note: worst(found.map((it) => it.worstMs)),
  }));
}

/** @param {readonly number[]} ms the longest frame of each round */
export function worst(ms) {
  return `longest frame ${Math.round(median(ms))} ms (${Math.round(Math.min(...ms))} – ${Math.round(Math.max(...ms))})`;
}
