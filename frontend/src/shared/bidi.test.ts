import { expect, it } from "vitest";
import { isolated } from "./bidi";

it.each(["שלום", "مرحبا", "Hello שלום", "ﷺ"])("keeps %s to itself", (name) => {
  expect(isolated(name)).toBe(`\u2068${name}\u2069`);
});

it.each(["", "Welcome", "Grüße 👋", "春のご案内"])("leaves %s as it is", (name) => {
  expect(isolated(name)).toBe(name);
});
