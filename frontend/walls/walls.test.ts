/** A violation of each rule is detected: forbidden imports, planted in a small tree of the same
 * shape. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const FRONTEND = process.cwd();

/** The allowed imports, as in the project. */
const SOUND: Record<string, string> = {
  "node_modules/react/package.json": '{ "name": "react", "version": "1.0.0" }',
  "node_modules/react/index.js": "",
  "src/shared/numbers.ts": "export const one = 1;",
  "src/shared/y.ts": 'import { x } from "./x"; export const y = () => x;',
  "src/shared/x.ts": "export const x = 1;",
  "src/entities/flow/flow.ts": 'import { one } from "@/shared/numbers"; export const flow = one;',
  "src/features/home/home.ts":
    'import { flow } from "@/entities/flow/flow"; export const home = flow;',
  "src/features/leads/leads.ts": "export interface Leads { all: number } export const leads = 1;",
  "src/features/builder/store.ts": "export const store = 1;",
  "src/features/builder/model/canvas.ts": "export const canvas = 1;",
  "src/app/page.ts": 'import { home } from "@/features/home/home"; export const page = home;',
};

/** The rule, a file that breaks it, and the import that is forbidden there. */
const BREACHES: [wall: string, at: string, code: string][] = [
  ["shared-knows-no-product", "src/shared/a.ts", 'import "@/entities/flow/flow";'],
  ["shared-knows-no-product", "src/shared/b.ts", 'import "../features/home/home";'],
  ["shared-knows-no-product", "src/shared/ui/c.ts", 'export { page } from "../../app/page";'],
  ["entities-know-no-feature", "src/entities/flow/a.ts", 'import "@/features/home/home";'],
  ["entities-know-no-feature", "src/entities/flow/b.ts", 'import "../../app/page";'],
  ["features-know-no-page", "src/features/home/a.ts", 'import "../../app/page";'],
  ["features-know-no-other", "src/features/home/b.ts", 'import "@/features/leads/leads";'],
  ["features-know-no-other", "src/features/home/c.ts", 'import "../leads/leads";'],
  ["features-know-no-other", "src/features/home/d.ts", 'void import("../leads/leads");'],
  [
    "features-know-no-other",
    "src/features/home/e.ts",
    'import type { Leads } from "../leads/leads"; export type Mine = Leads;',
  ],
  ["model-knows-no-canvas", "src/features/builder/model/a.ts", 'import "../store";'],
  ["model-knows-no-canvas", "src/features/builder/model/b.ts", 'import "react";'],
  ["no-cycles", "src/shared/x.ts", 'import { y } from "./y"; export const x = () => y;'],
  ["no-unresolved", "src/shared/z.ts", 'import "./gone";'],
];

let tree = "";

function plant(files: Iterable<[path: string, code: string]>): void {
  for (const [path, code] of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), code);
  }
}

/** Rule and file of each violation. */
function violations(): string[] {
  const out = execFileSync(
    join(FRONTEND, "node_modules/.bin/depcruise"),
    ["src", "--config", join(FRONTEND, "walls/walls.cjs"), "--output-type", "json"],
    { cwd: tree, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  const { summary } = JSON.parse(out) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return summary.violations.map((it) => `${it.rule.name} ${it.from}`).sort();
}

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "walls-"));
  copyFileSync(join(FRONTEND, "tsconfig.json"), join(tree, "tsconfig.json"));
});

afterAll(() => rmSync(tree, { recursive: true }));

it("accepts imports that lead down, and reports each that does not", () => {
  plant(Object.entries(SOUND));
  expect(violations()).toEqual([]);
  plant(BREACHES.map(([, at, code]) => [at, code]));
  expect(violations()).toEqual(BREACHES.map(([wall, at]) => `${wall} ${at}`).sort());
}, 60_000);
