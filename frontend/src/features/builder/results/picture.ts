/** The chart as a picture. Loaded on demand, because of the library. */
import { toBlob } from "html-to-image";
import { texts } from "./texts";

const SCALE = 2;

/** PNG on the theme's background. Throws a readable error if there can be no picture. */
export async function pictureOf(drawn: HTMLElement): Promise<Blob> {
  const png = await toBlob(drawn, {
    pixelRatio: SCALE,
    backgroundColor: getComputedStyle(document.body).backgroundColor,
    skipFonts: true,
  });
  if (!png) {
    throw new Error(texts.noPicture);
  }
  return png;
}
