/**
 * Interface texts are in the catalogue: the `texts.ts` of their feature, entity or node type, or
 * the `texts` of a kind that names the fields of its form.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const SRC = join(process.cwd(), "src");
const ATTRIBUTES = /^(aria-label|title|label|placeholder|hint|about|verb|stay|alt)$/;
/** Names of keys and commands are the same in every language. */
const VERBATIM = /^(code|kbd)$/;
const IMPORTS = /import \{ texts(?: as (\w+))? \} from "([^"]+)"/g;
const WORD = /\p{L}{2}/u;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((it) => /\.tsx?$/.test(it) && !/\.test\.|schema\.ts$/.test(it))
  .map((it) => join(SRC, it));

/** Each text that a component contains itself: `file: text`. */
function spelledOut(path: string, code: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && WORD.test(node.text)) {
      const tag = ts.isJsxElement(node.parent) ? node.parent.openingElement.tagName.getText() : "";
      found.push(...(VERBATIM.test(tag) ? [] : [`${path}: ${node.text.trim()}`]));
    }
    if (ts.isJsxAttribute(node) && ATTRIBUTES.test(node.name.getText())) {
      const value = node.initializer;
      if (value && ts.isStringLiteral(value) && WORD.test(value.text)) {
        found.push(`${path}: ${value.text}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

it("is spelled out by no component", () => {
  const code = files.filter((it) => it.endsWith(".tsx"));
  const found = code.flatMap((it) => spelledOut(it, readFileSync(it, "utf8")));
  // An example of a value, an attribute's name or a token is data, not a text.
  expect(found.filter((it) => !/: (\{"name"|renewal_date|you@example|ebk_)/.test(it))).toEqual([]);
});

it("sees a text that a component spells out", () => {
  const code = '<p title="Not so">Nor <b>{name}</b>, <code>make run</code></p>';
  expect(spelledOut("a.tsx", code)).toEqual(["a.tsx: Not so", "a.tsx: Nor"]);
});

it("is used, every text of it", () => {
  const users = new Map<string, string>();
  for (const path of files) {
    const code = readFileSync(path, "utf8");
    for (const [, alias, from = ""] of code.matchAll(IMPORTS)) {
      const catalogue = from.startsWith("@/")
        ? join(SRC, from.slice(2))
        : resolve(dirname(path), from);
      const own = alias ? code.replaceAll(`${alias}.`, "texts.") : code;
      users.set(catalogue, `${users.get(catalogue) ?? ""}\n${own}`);
    }
  }
  const unused = files.flatMap((path) => {
    const code = readFileSync(path, "utf8");
    const catalogue = /^(?:export )?const texts = \{\n([\s\S]*?)^\};/m.exec(code)?.[1] ?? "";
    const using = path.endsWith("/texts.ts") ? users.get(path.replace(/\.ts$/, "")) : code;
    return [...catalogue.matchAll(/^ {2}(\w+):/gm)]
      .map((it) => it[1])
      .filter((key) => !new RegExp(`texts\\.${key}\\b`).test(using ?? ""))
      .map((key) => `${path}: ${key}`);
  });
  expect(unused).toEqual([]);
});
