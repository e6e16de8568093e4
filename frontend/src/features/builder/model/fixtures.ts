/** For tests: the engine's own flow fixtures, and flows of any shape. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { recordOf } from "@/shared/json";

const FOLDER = join(process.cwd(), "..", "tests", "flow", "fixtures");

export interface Fixture {
  name: string;
  document: Record<string, unknown>;
}

/** In the engine's spelling; the builder gets `older_spelling` only as rewritten by the API. */
export function engineFixtures(): Fixture[] {
  return readdirSync(FOLDER)
    .filter((it) => it.endsWith(".json") && it !== "older_spelling.json")
    .map((it) => {
      const { name: _, ...document } = recordOf(JSON.parse(readFileSync(join(FOLDER, it), "utf8")));
      return { name: it, document };
    });
}

const id = fc.stringMatching(/^[A-Za-z0-9_:-]{1,8}$/);
const point = fc.record({ x: fc.integer(), y: fc.integer() });
const other = fc.dictionary(fc.constantFrom("colour", "collapsed"), fc.jsonValue());

const configuration = fc.oneof(
  fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue(), { maxKeys: 3 }),
  fc.record({
    branches: fc.array(fc.record({ port: fc.constantFrom("a", "b", "c"), weight: fc.nat(100) })),
  }),
);

/** Drafts as the API stores them: unique ids, existing ends, each port used once. */
export const anyDraft = fc
  .uniqueArray(id, { minLength: 1, maxLength: 9 })
  .chain((ids) =>
    fc.record({
      ids: fc.constant(ids),
      types: fc.array(
        fc.constantFrom("start", "sendEmail", "wait", "condition", "split", "end", "later"),
        { minLength: ids.length, maxLength: ids.length },
      ),
      configurations: fc.array(fc.option(configuration), {
        minLength: ids.length,
        maxLength: ids.length,
      }),
      offs: fc.array(fc.boolean(), { minLength: ids.length, maxLength: ids.length }),
      links: fc.uniqueArray(
        fc.record({
          from: fc.constantFrom(...ids),
          to: fc.constantFrom(...ids),
          port: fc.constantFrom("next", "yes", "no", "a", "b", null),
        }),
        { selector: (it) => `${it.from}/${it.port ?? "next"}`, maxLength: 14 },
      ),
      places: fc.dictionary(fc.constantFrom(...ids, "gone"), fc.record({ position: point })),
      notes: fc.uniqueArray(
        fc.record({
          id,
          text: fc.string(),
          position: point,
          width: fc.integer({ min: 1, max: 900 }),
          height: fc.integer({ min: 1, max: 900 }),
        }),
        { selector: (it) => it.id, maxLength: 3 },
      ),
      zone: fc.option(fc.constantFrom("UTC", "Europe/Berlin")),
      others: other,
    }),
  )
  .map((it) => {
    const layout = {
      ...it.others,
      ...(Object.keys(it.places).length > 0 ? { nodes: it.places } : {}),
      ...(it.notes.length > 0 ? { notes: it.notes } : {}),
    };
    return {
      nodes: it.ids.map((name, place) => ({
        id: name,
        type: it.types[place] ?? "wait",
        ...(it.configurations[place] ? { configuration: it.configurations[place] } : {}),
        ...(it.offs[place] ? { disabled: true } : {}),
      })),
      connections: it.links.map((link) => ({
        from_node: link.from,
        to_node: link.to,
        ...(link.port === null ? {} : { from_port: link.port }),
      })),
      ...(it.zone === null ? {} : { zone: it.zone }),
      ...(Object.keys(layout).length > 0 ? { layout } : {}),
    };
  });
