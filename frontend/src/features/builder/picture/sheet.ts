/** The size of a picture of the flow, and whether browsers can draw it. Pure. */

import { DRAWN_MAX } from "../canvas/view";
import { texts } from "../texts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Sheet {
  /** The area of the canvas, with a margin on all sides. */
  readonly box: Box;
  /** Pixels of the picture per pixel of the canvas. */
  readonly scale: number;
}

/** Around everything: wide enough for the labels of outer edges, and for loose ends. */
export const MARGIN = 64;
/** Sharp on dense screens; single if only that can be drawn. */
const SCALES = [2, 1];
/** Beyond these, some browsers return an empty picture. */
const SIDE_MAX = 16_384;
const AREA_MAX = 64_000_000;

const INSTEAD = texts.exportInstead;

/** `boxes`: those of everything that is drawn. Throws an error that says why there can be no
 * picture. */
export function sheetOf(boxes: readonly Box[], cards: number): Sheet {
  if (cards > DRAWN_MAX) {
    throw new Error(`${texts.pictureTooMany(DRAWN_MAX, cards)} ${INSTEAD}`);
  }
  const left = Math.floor(Math.min(...boxes.map((it) => it.x))) - MARGIN;
  const top = Math.floor(Math.min(...boxes.map((it) => it.y))) - MARGIN;
  const right = Math.ceil(Math.max(...boxes.map((it) => it.x + it.width))) + MARGIN;
  const bottom = Math.ceil(Math.max(...boxes.map((it) => it.y + it.height))) + MARGIN;
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  const scale = SCALES.find(
    (it) =>
      Math.max(box.width, box.height) * it <= SIDE_MAX &&
      box.width * box.height * it * it <= AREA_MAX,
  );
  if (scale === undefined) {
    throw new Error(`${texts.pictureTooLarge(box.width, box.height)} ${INSTEAD}`);
  }
  return { box, scale };
}
