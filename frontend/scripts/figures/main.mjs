// @ts-check
/**
 * How fast the interface is: `make bench-frontend`, or `node scripts/figures/main.mjs` once
 * everything is built. Real Chromium against the real system of `make run`, in its own folder.
 *
 * Exit code 1 if a figure misses its target.
 */
import { parseArgs } from "node:util";
import { loadNow, openBrowser } from "./browser.mjs";
import { measureCanvas } from "./canvas.mjs";
import { isKept, toJson, toTable } from "./figure.mjs";
import { measureFloor } from "./floor.mjs";
import { measureLeads } from "./leads.mjs";
import { measureLive } from "./live.mjs";
import { measureLoad } from "./load.mjs";
import { startSystem } from "./system.mjs";

/** @typedef {import("./figure.mjs").Figure} Figure */
/** @typedef {import("./browser.mjs").Bench} Bench */

/** @type {Record<string, (bench: Bench) => Promise<Figure[]>>} */
const PARTS = {
  floor: measureFloor,
  load: measureLoad,
  canvas: measureCanvas,
  live: measureLive,
  leads: measureLeads,
};

const USAGE = `node scripts/figures/main.mjs [--part NAME]… [--rounds 3] [--leads 1000000] [--json]
  --part    ${Object.keys(PARTS).join(", ")}; all if none is named
  --rounds  of each figure, 3 at least
  --leads   of the campaign whose table is scrolled
  --json    figures for programs instead of a table`;

function given() {
  const { values } = parseArgs({
    options: {
      part: { type: "string", multiple: true },
      rounds: { type: "string", default: "3" },
      leads: { type: "string", default: "1000000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const parts = values.part ?? Object.keys(PARTS);
  const [rounds, leads] = [Number(values.rounds), Number(values.leads)];
  const unknown = parts.find((it) => !(it in PARTS));
  if (unknown !== undefined) {
    throw new Error(`--part ${unknown}: there are ${Object.keys(PARTS).join(", ")}`);
  }
  if (!Number.isInteger(rounds) || rounds < 3) {
    throw new Error(`--rounds ${values.rounds}: a whole number, 3 at least`);
  }
  if (!Number.isInteger(leads) || leads < 1000) {
    throw new Error(`--leads ${values.leads}: a whole number, 1000 at least`);
  }
  return { parts, rounds, leads, isJson: values.json, isHelp: values.help };
}

/** @param {string} text */
function tell(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {ReturnType<typeof given>} asked */
async function run({ parts, rounds, leads, isJson }) {
  const system = await startSystem({ leads: parts.includes("leads") ? leads : 0, tell });
  try {
    const bench = await openBrowser({ system, rounds, leads });
    try {
      /** @type {Figure[]} */
      const figures = [];
      for (const [name, measure] of Object.entries(PARTS)) {
        if (parts.includes(name)) {
          tell(`Measuring: ${name} …`);
          figures.push(...(await measure(bench)));
        }
      }
      bench.conditions.machine += `, ${loadNow()} after`;
      console.log((isJson ? toJson : toTable)(bench.conditions, figures));
      return figures.every(isKept);
    } finally {
      await bench.close();
    }
  } finally {
    await system.stop();
  }
}

let asked;
try {
  asked = given();
} catch (problem) {
  tell(`${problem instanceof Error ? problem.message : problem}\n${USAGE}`);
  process.exit(2);
}
if (asked.isHelp) {
  console.log(USAGE);
} else {
  process.exitCode = (await run(asked)) ? 0 : 1;
}
