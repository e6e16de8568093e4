import type { TitleOf } from "../kind";

export const startTitle: TitleOf = () => ["Contacts enter"];
