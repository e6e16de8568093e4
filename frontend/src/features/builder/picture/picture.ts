/**
 * The canvas as a picture: as on the screen, but complete and without buttons. Loaded on demand,
 * because nothing else needs the library.
 *
 * Invariant: afterwards the canvas looks as it did before.
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

/** While the canvas has this class, `canvas.css` hides the marks of selection and hovering. */
const PICTURED = "is-pictured";
/** Controls to leave out: "+" buttons, and the corners of a selected note. */
const TOOLS = "[data-port], .react-flow__resize-control";

/** PNG on the theme's background. Throws a readable error if there can be no picture. */
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

/** The properties that style cards, notes and edges; the library would copy all properties for
 * each. */
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
