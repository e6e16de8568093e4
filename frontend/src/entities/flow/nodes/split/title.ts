import { listOf } from "@/shared/json";
import type { TitleOf } from "../kind";
import { texts } from "./texts";

export const splitTitle: TitleOf = (settings) => [texts.title(listOf(settings.branches).length)];
