// @ts-check
/** The best that the browser can do here and now: one square that follows the mouse. */
import { sweep } from "./browser.mjs";
import { frames, noteOf } from "./frames.mjs";

const PAGE = `<body style="height: 100vh; margin: 0"><i></i><script>
  const square = document.querySelector("i");
  addEventListener("mousemove", ({ x, y }) => {
    square.style = \`position: fixed; width: 9px; height: 9px; background: teal; left: \${x}px; top: \${y}px\`;
  });
</script>`;

/** @param {import("./browser.mjs").Bench} bench */
export async function measureFloor({ context, rounds }) {
  const opened = await context();
  const page = await opened.newPage();
  await page.setContent(PAGE);
  const found = [];
  for (let round = 0; round < rounds; round += 1) {
    found.push(await frames(page, () => sweep(page, { x: 700, y: 400 }, 120)));
  }
  await opened.close();
  return [
    {
      part: "floor",
      name: "an empty page, a square follows the mouse",
      unit: "fps",
      values: found.map((it) => it.fps),
      note: noteOf(found),
    },
  ];
}
