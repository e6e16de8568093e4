import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { post, signIn } from "./system";

const wait = (id: string, disabled = false) => ({
  id,
  type: "wait",
  configuration: { mode: "duration", amount: 1, unit: "days" },
  ...(disabled ? { disabled } : {}),
});

/** A chain of `length` nodes below the start, longer than any screen. */
function chain(length: number) {
  const waits = Array.from({ length }, (_, place) => wait(`w${place + 1}`, place % 3 === 1));
  const ids = ["start", ...waits.map((it) => it.id)];
  return {
    nodes: [{ id: "start", type: "start" }, ...waits],
    connections: waits.map((it, place) => ({ from_node: ids[place], to_node: it.id })),
  };
}

async function open(page: Page, name: string, length: number): Promise<void> {
  await signIn(page);
  const { campaign_id } = await post(page.request, "/campaigns", { name, ...chain(length) });
  await page.goto(`/app/campaigns/${campaign_id}`);
  await expect(page.locator('[data-card="start"]')).toBeVisible();
}

async function ask(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Export as picture" }).click();
}

type Box = [left: number, top: number, width: number, height: number];

/** Downloaded, decoded: its size, colours as "r,g,b,a" at points from its upper left, and how far
 * right in a box something is drawn on its upper left's colour. */
async function picture(page: Page, points: [number, number][], line: Box) {
  const coming = page.waitForEvent("download");
  await ask(page);
  const download = await coming;
  const bytes = readFileSync(await download.path());
  expect(bytes.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const seen = await page.evaluate(
    async ({ url, points, line }) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const pen = canvas.getContext("2d");
      pen?.drawImage(image, 0, 0);
      const colours = points.map(([x, y]) =>
        [...(pen?.getImageData(x, y, 1, 1).data ?? [])].join(","),
      );
      const [left, top, wide, high] = line;
      const pixels = pen?.getImageData(left, top, wide, high).data ?? [];
      let ink = 0;
      for (let place = 0; place < pixels.length; place += 4) {
        if (Math.abs((pixels[place] ?? 0) - (pixels[0] ?? 0)) > 60) {
          ink = Math.max(ink, (place / 4) % wide);
        }
      }
      return { colours, ink };
    },
    { url: `data:image/png;base64,${bytes.toString("base64")}`, points, line },
  );
  return { name: download.suggestedFilename(), width, height, ...seen };
}

const [MARGIN, ROW, CARD] = [64, 160, { width: 260, height: 72 }];

for (const [theme, canvas, spine, raised] of [
  ["light", "246,245,242,255", "138,90,0,255", "255,255,255,255"],
  ["dark", "23,22,20,255", "224,172,72,255", "38,36,32,255"],
] as const) {
  test(`the whole flow is saved as a picture, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open(page, `Spring, whole (${theme})`, 24);
    // Chosen and pointed at: neither is in the picture.
    await page.locator('[data-card="w1"]').click();
    const last = 2 * (MARGIN + 24 * ROW);
    const middle = 2 * (MARGIN + CARD.width / 2);
    // The second line of the first card: as wide as on the screen, so in the same font.
    const lineEnd = await page.locator('[data-card="start"]').evaluate((card) => {
      const words = document.createRange();
      words.selectNodeContents(card.lastElementChild?.lastElementChild?.firstChild ?? card);
      const { left, width } = card.getBoundingClientRect();
      return ((words.getBoundingClientRect().right - left) / width) * 258;
    });
    const { name, width, height, colours, ink } = await picture(
      page,
      [
        [4, 4],
        [2 * MARGIN + 2, last + CARD.height],
        [2 * MARGIN + 12, last + CARD.height],
        [2 * MARGIN + CARD.width, 2 * (MARGIN + ROW)],
        [middle, 2 * (MARGIN + CARD.height + 20)],
      ],
      [2 * MARGIN + 8, 2 * MARGIN + 74, 2 * CARD.width - 20, 32],
    );
    expect(name).toBe(`spring-whole-${theme}.png`);
    expect(width).toBe(2 * (CARD.width + 2 * MARGIN));
    expect(height).toBe(2 * (24 * ROW + CARD.height + 2 * MARGIN));
    expect(colours.slice(0, 3)).toEqual([canvas, spine, raised]);
    // The border of the chosen card is no other than that of the rest; the edges are there.
    expect(colours[3]).toBe(theme === "light" ? "225,222,215,255" : "54,51,45,255");
    expect(colours[4]).not.toBe(canvas);
    expect(Math.abs(ink + 6 - 2 * lineEnd)).toBeLessThan(8);
    await expect(page.getByText("The picture is among your downloads")).toBeVisible();
    await expect(page.locator(".is-pictured")).toHaveCount(0);
  });
}

test("what is too large for a picture is said in words", async ({ page }) => {
  await open(page, "Long", 650);
  await ask(page);
  await expect(page.getByText(/holds up to 600 nodes, and this flow has 651/)).toBeVisible();
});

test("the picture's library is loaded when it is asked for, and not before", async ({ page }) => {
  const scripts = new Set<string>();
  page.on("request", (it) => it.url().endsWith(".js") && scripts.add(it.url()));
  // Asked for once more: a page that was left takes what it got with it.
  const withLibrary = async () => {
    const texts = [...scripts].map(async (it) => (await page.request.get(it)).text());
    return (await Promise.all(texts)).filter((it) => it.includes("skipAutoScale")).length;
  };
  await open(page, "Lazy", 2);
  await page.waitForLoadState("networkidle");
  expect(await withLibrary()).toBe(0);
  const coming = page.waitForEvent("download");
  await ask(page);
  await coming;
  expect(await withLibrary()).toBe(1);
});
