import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { post } from "./system";

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
  const { campaign_id } = await post(page.request, "/campaigns", { name, ...chain(length) });
  await page.goto(`/app/campaigns/${campaign_id}`);
  await expect(page.locator('[data-card="start"]')).toBeVisible();
}

async function ask(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Export as picture" }).click();
}

type Box = [left: number, top: number, width: number, height: number];

/** The downloaded picture, decoded: its size, the colours at points ("r,g,b,a", from the upper
 * left), and how far to the right a box contains something on the colour of its upper left
 * corner. */
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

const [MARGIN, ROW, CARD] = [64, 112, { width: 260, height: 72 }];

const THEMES = [
  {
    theme: "light",
    canvas: "246,245,242,255",
    spine: "138,90,0,255",
    raised: "255,255,255,255",
    border: "141,136,125,255",
  },
  {
    theme: "dark",
    canvas: "23,22,20,255",
    spine: "224,172,72,255",
    raised: "38,36,32,255",
    border: "138,133,122,255",
  },
] as const;

test("the whole flow is saved as a picture, in both themes, by a library loaded on demand", async ({
  page,
}) => {
  const scripts = new Set<string>();
  page.on("request", (it) => it.url().endsWith(".js") && scripts.add(it.url()));
  // Requested again, because leaving a page discards what it has loaded.
  const withLibrary = async () => {
    const texts = [...scripts].map(async (it) => (await page.request.get(it)).text());
    return (await Promise.all(texts)).filter((it) => it.includes("skipAutoScale")).length;
  };
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "Spring, whole", 24);
  await page.waitForLoadState("networkidle");
  expect(await withLibrary()).toBe(0);
  // Selected and hovered: the picture shows neither.
  await page.locator('[data-card="w1"]').click();
  for (const it of THEMES) {
    await test.step(it.theme, () => expectPicture(page, it));
  }
  expect(await withLibrary()).toBe(1);
});

async function expectPicture(page: Page, it: (typeof THEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: it.theme });
  await expect(page.locator(`html[data-theme=${it.theme}]`)).toBeAttached();
  const last = 2 * (MARGIN + 24 * ROW);
  const middle = 2 * (MARGIN + CARD.width / 2);
  // The second line of the first card: as wide as on the screen, so the font is the same.
  const lineEnd = await page.locator('[data-card="start"]').evaluate((card) => {
    const text = document.createRange();
    text.selectNodeContents(card.lastElementChild?.lastElementChild?.firstChild ?? card);
    const { left, width } = card.getBoundingClientRect();
    return ((text.getBoundingClientRect().right - left) / width) * 258;
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
  expect(name).toBe("spring-whole.png");
  expect(width).toBe(2 * (CARD.width + 2 * MARGIN));
  expect(height).toBe(2 * (24 * ROW + CARD.height + 2 * MARGIN));
  expect(colours.slice(0, 3)).toEqual([it.canvas, it.spine, it.raised]);
  // The border of the selected card equals that of the others; the edges are drawn.
  expect(colours[3]).toBe(it.border);
  expect(colours[4]).not.toBe(it.canvas);
  expect(Math.abs(ink + 6 - 2 * lineEnd)).toBeLessThan(8);
  await expect(page.getByText("The picture is in your downloads").first()).toBeVisible();
  await expect(page.locator(".is-pictured")).toHaveCount(0);
}
