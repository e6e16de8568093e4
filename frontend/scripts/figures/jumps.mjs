// @ts-check
/**
 * Jumps through the table, timed within the page: from the jump until a frame in which no visible
 * row is blank. A row is complete when it has its address; rows must cover the visible area without
 * a gap.
 */

/** @typedef {import("@playwright/test").Page} Page */

const ATTEMPTS_SECONDS_MAX = 10;

/** Runs in the page: resolves with the time at which the frame after the first complete one
 * began. */
function wholeAt() {
  return new Promise((resolve, reject) => {
    const until = performance.now() + 10_000;
    const isWhole = () => {
      const grid = /** @type {HTMLTableElement | null} */ (
        document.querySelector("table[role=grid]")
      );
      const box = grid?.parentElement;
      const body = grid?.tBodies[0];
      const head = grid?.tHead;
      if (!box || !body || !head) {
        return false;
      }
      const top = head.getBoundingClientRect().bottom;
      const bottom = box.getBoundingClientRect().top + box.clientHeight;
      let reached = top;
      for (const row of body.rows) {
        const { top: from, bottom: to } = row.getBoundingClientRect();
        if (to <= top || from >= bottom) {
          continue;
        }
        if (from > reached + 1 || !row.querySelector("a")?.textContent) {
          return false;
        }
        reached = to;
      }
      return reached >= bottom - 1;
    };
    const look = () => {
      if (isWhole()) {
        requestAnimationFrame(() => resolve(performance.now()));
      } else if (performance.now() > until) {
        reject(new Error("rows stay blank"));
      } else {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  });
}

/** @param {Page} page */
export async function whole(page) {
  await page.evaluate(`(${wholeAt})()`);
}

/**
 * @param {Page} page
 * @param {number} share the position between the first row and the last
 * @returns {Promise<number>} ms
 */
export function jumpByScrollbar(page, share) {
  return page.evaluate(`(async () => {
    const box = document.querySelector("table[role=grid]").parentElement;
    const began = performance.now();
    box.scrollTop = ${share} * (box.scrollHeight - box.clientHeight);
    return (await (${wholeAt})()) - began;
  })()`);
}

/**
 * Through the field above the table; the time begins with the key that submits it.
 *
 * @param {Page} page
 * @param {number} place
 * @returns {Promise<number>} ms
 */
export async function jumpByPlace(page, place) {
  const field = page.getByLabel("Go to number");
  await field.fill(String(place));
  /** @type {Promise<number>} */
  const jumped = page.evaluate(`new Promise((resolve, reject) => {
    addEventListener("keydown", () => {
      const began = performance.now();
      (${wholeAt})().then((at) => resolve(at - began), reject);
    }, { capture: true, once: true });
  })`);
  // The listener is installed once the page has answered a later request.
  await page.evaluate("0");
  await field.press("Enter");
  const ms = await jumped;
  await page.waitForSelector(`table[role=grid] tr[aria-rowindex="${place + 1}"] a`, {
    timeout: ATTEMPTS_SECONDS_MAX * 1000,
  });
  return ms;
}
