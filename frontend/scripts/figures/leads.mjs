// @ts-check
/** The table of a campaign with a million leads: jumps, wheel, scrollbar, memory, requests. */
import { SECONDS } from "./browser.mjs";
import { frames, noteOf } from "./frames.mjs";
import { jumpByPlace, jumpByScrollbar, whole } from "./jumps.mjs";
import { MILLION } from "./system.mjs";

const JUMPS = 10;
const JUMP_MS_MAX = 200;
const FPS_MIN = 55;
/** 156 rows a second. */
const WHEEL_PX_A_SECOND = 5000;
/** Jumps until the book holds its maximum number of pages. */
const JUMPS_BEFORE = 50;
const JUMPS_OF_MEMORY = 100;
const MEMORY_MB_MORE_MAX = 2;
/** One page in every fourth frame; more would keep a small server busy. */
const REQUESTS_MAX = 15;

/** @typedef {import("@playwright/test").Page} Page */

/** @param {import("./browser.mjs").Bench} bench */
export async function measureLeads(bench) {
  const { rounds, leads } = bench;
  const context = await bench.context();
  const page = await context.newPage();
  const requests = requestsOf(page);
  await page.goto(`/app/campaigns/${MILLION}/leads`);
  await page.waitForSelector("table[role=grid] tbody a");
  await page.mouse.move(700, 500);
  const found = {
    bar: /** @type {number[]} */ ([]),
    place: /** @type {number[]} */ ([]),
    wheel: /** @type {Scrolled[]} */ ([]),
    drag: /** @type {Scrolled[]} */ ([]),
  };
  for (let round = 0; round < rounds; round += 1) {
    for (let jump = 0; jump < JUMPS; jump += 1) {
      found.bar.push(await jumpByScrollbar(page, Math.random()));
      found.place.push(await jumpByPlace(page, 1 + Math.floor(Math.random() * (leads - 100))));
    }
    found.wheel.push(await scrolled(page, requests, () => wheel(page)));
    found.drag.push(await scrolled(page, requests, () => drag(page)));
  }
  const memory = await growth(page);
  await context.close();
  const part = "leads";
  const jump = { part, unit: "ms", wanted: JUMP_MS_MAX, isAtMost: true, isOfEach: true };
  const rows = `${leads.toLocaleString("en")} rows`;
  return [
    {
      ...jump,
      name: `${rows}, scrollbar to a random place`,
      values: found.bar,
      note: "until no row in sight is blank",
    },
    { ...jump, name: `${rows}, a number typed`, values: found.place, note: "the same" },
    ...told(part, `${rows}, wheel`, found.wheel),
    ...told(part, `${rows}, scrollbar dragged`, found.drag),
    {
      part,
      name: `memory, ${JUMPS_OF_MEMORY} jumps later`,
      unit: "MB more",
      values: memory.moreMb,
      wanted: MEMORY_MB_MORE_MAX,
      isAtMost: true,
      note: `${memory.wholeMb.toFixed(0)} MB of JavaScript's, garbage collected`,
    },
  ];
}

/** @typedef {import("./frames.mjs").Counted & { requests: number, blank: number }} Scrolled */

/**
 * @param {string} part
 * @param {string} name
 * @param {readonly Scrolled[]} rounds
 */
function told(part, name, rounds) {
  return [
    {
      part,
      name,
      unit: "fps",
      values: rounds.map((it) => it.fps),
      wanted: FPS_MIN,
      note: noteOf(rounds),
    },
    {
      part,
      name: "  frames with a blank row in sight",
      unit: "%",
      values: rounds.map((it) => it.blank),
    },
    {
      part,
      name: "  pages asked for, a second",
      unit: "",
      values: rounds.map((it) => it.requests),
      wanted: REQUESTS_MAX,
      isAtMost: true,
    },
  ];
}

/**
 * @param {Page} page
 * @param {() => number} requests
 * @param {() => Promise<unknown>} act
 * @returns {Promise<Scrolled>}
 */
async function scrolled(page, requests, act) {
  const before = requests();
  await page.evaluate(`window.endOfBlanks = (${blankFrames})(); 0`);
  const counted = await frames(page, act);
  /** @type {number} */
  const blank = await page.evaluate("endOfBlanks()");
  const asked = requests() - before;
  await whole(page);
  return { ...counted, requests: asked / SECONDS, blank };
}

/** Runs in the page: counts frames; the returned function stops it and returns how many of 100
 * had a blank row. */
function blankFrames() {
  let [all, blank] = [0, 0];
  const isBlank = () => {
    const grid = /** @type {HTMLTableElement | null} */ (
      document.querySelector("table[role=grid]")
    );
    const [box, head, rows] = [grid?.parentElement, grid?.tHead, grid?.tBodies[0]?.rows];
    if (!box || !head || !rows) {
      return true;
    }
    const top = head.getBoundingClientRect().bottom;
    const bottom = box.getBoundingClientRect().top + box.clientHeight;
    const places = [...rows].map((row) => ({ row, place: row.getBoundingClientRect() }));
    return (
      Math.min(...places.map(({ place }) => place.top)) > top ||
      Math.max(...places.map(({ place }) => place.bottom)) < bottom ||
      places.some(
        ({ row, place }) => row.ariaBusy === "true" && place.bottom > top && place.top < bottom,
      )
    );
  };
  let asked = requestAnimationFrame(function look() {
    all += 1;
    blank += isBlank() ? 1 : 0;
    asked = requestAnimationFrame(look);
  });
  return () => {
    cancelAnimationFrame(asked);
    return (100 * blank) / all;
  };
}

/**
 * The browser creates the events itself, one per frame, because a driver on the same machine cannot
 * keep up.
 *
 * @param {Page} page
 */
async function wheel(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Input.synthesizeScrollGesture", {
    x: 700,
    y: 500,
    yDistance: -WHEEL_PX_A_SECOND * SECONDS,
    speed: WHEEL_PX_A_SECOND,
    gestureSourceType: "mouse",
  });
  await session.detach();
}

/**
 * Drags like a hand: down through the list and back without stopping, within the page, at each of
 * its frames.
 *
 * @param {Page} page
 */
async function drag(page) {
  await page.evaluate(
    (ms) =>
      new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
        const box = document.querySelector("table[role=grid]")?.parentElement;
        const began = performance.now();
        requestAnimationFrame(function move() {
          const passed = performance.now() - began;
          if (!box || passed > ms) {
            resolve();
            return;
          }
          const share = 0.5 + 0.4 * Math.sin(passed / 700);
          box.scrollTop = share * (box.scrollHeight - box.clientHeight);
          requestAnimationFrame(move);
        });
      }),
    SECONDS * 1000,
  );
}

/** @param {Page} page */
function requestsOf(page) {
  let requests = 0;
  page.on("request", (request) => {
    requests += new URL(request.url()).pathname.endsWith(`/${MILLION}/leads`) ? 1 : 0;
  });
  return () => requests;
}

/** @param {Page} page */
async function growth(page) {
  const session = await page.context().newCDPSession(page);
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return usedSize / 1e6;
  };
  const jumps = async (/** @type {number} */ count) => {
    for (let jump = 0; jump < count; jump += 1) {
      await jumpByScrollbar(page, Math.random());
    }
  };
  await session.send("HeapProfiler.enable");
  await jumps(JUMPS_BEFORE);
  const before = await used();
  await jumps(JUMPS_OF_MEMORY);
  const after = await used();
  return { moreMb: [after - before], wholeMb: after };
}
