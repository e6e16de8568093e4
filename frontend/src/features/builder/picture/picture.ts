/**
 * The canvas as a picture, as it is on the screen but whole, and without what is only there to be
 * pressed. Loaded when it is asked for: the library is of no use to anything else.
 *
 * Invariant: the canvas looks afterwards as it did before.
 */

import { toBlob } from "html-to-image";
import { texts } from "../texts";
import { type Box, type Sheet, sheetOf } from "./sheet";

interface Wanted {
  /** The element of the canvas library. */
  root: Element;
  cards: readonly Box[];
  /** How many of them are nodes of the flow. */
  nodes: number;
}

/** While it is on the canvas, `canvas.css` leaves out what shows choices and moves. */
const PICTURED = "is-pictured";
/** To be pressed: "+" buttons, and the corners of a chosen note. */
const TOOLS = "[data-port], .react-flow__resize-control";

/** PNG on the theme's background. Raises an error in words where there can be none. */
export async function pictureOf({ root, cards, nodes }: Wanted): Promise<Sheet & { png: Blob }> {
  const viewport = root.querySelector<HTMLElement>(".react-flow__viewport");
  const host = root.closest("section");
  if (!viewport || !host) {
    throw new Error(texts.notReady);
  }
  const paths = [...root.querySelectorAll<SVGPathElement>(".react-flow__edge-path")];
  const sheet = sheetOf([...cards, ...paths.map((it) => it.getBBox())], nodes);
  const { box, scale } = sheet;
  host.classList.add(PICTURED);
  try {
    const png = await toBlob(viewport, {
      width: box.width,
      height: box.height,
      pixelRatio: scale,
      backgroundColor: getComputedStyle(document.body).backgroundColor,
      style: {
        width: `${box.width}px`,
        height: `${box.height}px`,
        transform: `translate(${-box.x}px, ${-box.y}px)`,
      },
      filter: (it) => !(it instanceof Element && it.matches(TOOLS)),
      includeStyleProperties: [...STYLES],
    });
    if (!png) {
      throw new Error(texts.noPicture);
    }
    return { ...sheet, png };
  } finally {
    host.classList.remove(PICTURED);
  }
}

const SIDES = ["top", "right", "bottom", "left"];

/** What cards, notes and edges are styled with: the library would copy all there is, for each. */
const STYLES = [
  ...["--accent", "--line", "--line-strong", "align-items", "background-color", "background-image"],
  ...["box-shadow", "box-sizing", "color", "column-gap", "direction", "display", "fill"],
  ...["flex-basis", "flex-direction", "flex-grow", "flex-shrink", "font-family", "font-size"],
  ...["font-variant-numeric", "font-weight", "height", "justify-content", "letter-spacing"],
  ...["line-height", "opacity", "overflow-x", "overflow-y", "position", "resize", "row-gap"],
  ...["stroke", "stroke-linecap", "stroke-linejoin", "stroke-width", "text-align"],
  ...["text-overflow", "transform", "transform-origin", "unicode-bidi", "visibility"],
  ...["white-space", "white-space-collapse", "text-wrap-mode", "width", "z-index"],
  ...["max-width", "min-height", "min-width", "max-height", "-webkit-font-smoothing"],
  ...SIDES.flatMap((it) => [it, `margin-${it}`, `padding-${it}`]),
  ...SIDES.flatMap((it) => [`border-${it}-color`, `border-${it}-style`, `border-${it}-width`]),
  ...["top-left", "top-right", "bottom-left", "bottom-right"].map((it) => `border-${it}-radius`),
];
