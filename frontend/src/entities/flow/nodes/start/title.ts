import type { TitleOf } from "../kind";
import { texts } from "./texts";

export const startTitle: TitleOf = () => [texts.title];
