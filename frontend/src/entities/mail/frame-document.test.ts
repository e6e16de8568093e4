import { describe, expect, it } from "vitest";
import { frameDocument, isWebLink, SANDBOX } from "./frame-document";

describe("frameDocument", () => {
  it("opens links in a new tab, whatever base the mail names", () => {
    const made = frameDocument(
      '<!DOCTYPE html><html><head><BASE href="https://x.example/" target=_self></head>Hi',
    );
    expect(made).toContain('<base target="_blank">');
    expect(made).not.toContain("x.example");
    expect(made.match(/<!doctype/gi)).toHaveLength(1);
  });

  it("shows dark text on the frame's white, also where the mail would be dark", () => {
    const dark = '<meta name="color-scheme" content="light dark">';
    expect(frameDocument(dark)).toContain(":root{color-scheme:only light!important}");
  });

  it("allows pictures and styles, but nothing active", () => {
    expect(frameDocument("")).toContain("default-src 'none'; img-src *");
    expect(SANDBOX).not.toMatch(/script|same-origin|forms|top-navigation/);
  });
});

describe("isWebLink", () => {
  it("accepts web addresses, but nothing that runs code", () => {
    expect(["https://a.example", "HTTP://a.example"].every(isWebLink)).toBe(true);
    expect(
      ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", ""].some(isWebLink),
    ).toBe(false);
  });
});
