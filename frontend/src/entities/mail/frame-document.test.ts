import { describe, expect, it } from "vitest";
import { frameDocument, isWebLink, SANDBOX } from "./frame-document";

describe("frameDocument", () => {
  it("opens links beside the page, whatever base the mail names", () => {
    const made = frameDocument(
      '<!DOCTYPE html><html><head><BASE href="https://x.example/" target=_self></head>Hi',
    );
    expect(made).toContain('<base target="_blank">');
    expect(made).not.toContain("x.example");
    expect(made.match(/<!doctype/gi)).toHaveLength(1);
  });

  it("allows pictures and styles, and nothing that acts", () => {
    expect(frameDocument("")).toContain("default-src 'none'; img-src *");
    expect(SANDBOX).not.toMatch(/script|same-origin|forms|top-navigation/);
  });
});

describe("isWebLink", () => {
  it("takes the web, and nothing that runs", () => {
    expect(["https://a.example", "HTTP://a.example"].every(isWebLink)).toBe(true);
    expect(
      ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", ""].some(isWebLink),
    ).toBe(false);
  });
});
