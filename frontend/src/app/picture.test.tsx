/** Exporting the flow as a picture. A fake draws it, because the library needs a real browser. */
import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { elapse, fakeSystem, openPage, PAGES, press } from "@/testing/pages";

fakeSystem();

const LOADED_MS = 2_000;

const draw = vi.hoisted(() => vi.fn<typeof import("html-to-image").toBlob>());
vi.mock("html-to-image", () => ({ toBlob: draw }));

const canvas = () => screen.getByRole("region", { name: "Flow" });

/** Exports the canvas; how it looks while it is drawn, and which parts are in the picture. */
async function drawn(png: Blob | null, words: RegExp) {
  const seen = { isPictured: false, card: false, plus: true };
  draw.mockImplementation(async (_, options) => {
    const isDrawn = (selector: string) => {
      const element = canvas().querySelector<HTMLElement>(selector);
      return element !== null && (options?.filter?.(element) ?? true);
    };
    seen.isPictured = canvas().classList.contains("is-pictured");
    seen.card = isDrawn("[data-card=start]");
    seen.plus = isDrawn("[data-port='start/next']");
    return png;
  });
  openPage(PAGES.builder.path);
  await elapse(LOADED_MS);
  expect(canvas().querySelector("[data-port='start/next']")).not.toBeNull();
  press(screen.getByRole("button", { name: "More" }));
  press(await screen.findByRole("menuitem", { name: "Export as picture" }));
  await screen.findByText(words);
  return seen;
}

it("a picture shows neither the selection nor the buttons, and the canvas stays as it was", async () => {
  const saved: string[] = [];
  vi.stubGlobal(
    "URL",
    class extends URL {
      static override createObjectURL = () => "";
      static override revokeObjectURL = () => undefined;
    },
  );
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push(this.download);
  });
  const seen = await drawn(new Blob(), /^The picture is in your downloads$/);
  expect(seen).toEqual({ isPictured: true, card: true, plus: false });
  expect(saved).toEqual(["autumn-offer.png"]);
  expect(canvas().classList.contains("is-pictured")).toBe(false);
});

it("a picture that cannot be drawn is reported, and the canvas stays as it was", async () => {
  await drawn(null, /^The browser could not create the picture/);
  expect(canvas().classList.contains("is-pictured")).toBe(false);
});
