/** The theme's lines that mean something, and its words, against what they are drawn on. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CSS = readFileSync("src/app/globals.css", "utf8");
const LINES_MIN = 3;
const TEXT_MIN = 4.5;
const GROUNDS = ["canvas", "surface", "raised", "sunken"];

function coloursOf(selector: string): Record<string, string> {
  const begin = CSS.indexOf(`${selector} {`);
  const block = CSS.slice(begin, CSS.indexOf("}", begin));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", colour = ""]) => [
      name,
      colour,
    ]),
  );
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  ["light", ":root"],
  ["dark", '[data-theme="dark"]'],
])("in %s", (_, selector) => {
  const colours = coloursOf(selector);
  const against = (name: string, ground: string) =>
    contrast(colours[name] ?? "", colours[ground] ?? "");

  it.each(["line-strong", "accent"])("%s stands out as a border", (line) => {
    for (const ground of GROUNDS) {
      expect([ground, against(line, ground) >= LINES_MIN]).toEqual([ground, true]);
    }
  });

  it.each(["ink", "ink-soft", "ink-faint"])("%s can be read, on the active row too", (ink) => {
    for (const ground of [...GROUNDS, "accent-soft"]) {
      expect([ground, against(ink, ground) >= TEXT_MIN]).toEqual([ground, true]);
    }
  });

  it("the active row differs from the rows around it", () => {
    expect(against("accent", "accent-soft")).toBeGreaterThan(LINES_MIN);
    expect(colours["accent-soft"]).not.toBe(colours.canvas);
  });
});
