/** Which of the loaded campaigns are shown, and whether to look further. Pure. */
import type { CampaignStatus } from "@/entities/campaign/status";
import { folded } from "@/shared/folded";

/** How far a search looks by itself; the API lists by age and does not search. */
export const LOADED_SEARCHED_MAX = 2000;

interface Listed {
  campaign_id: string;
  name: string;
  status: string;
}

interface Wanted {
  search: string;
  /** null: all that are not put away. */
  status: CampaignStatus | null;
  held: ReadonlySet<string>;
}

/** Every word of the search is in the name, or the search is the id. */
export function matches(it: { name: string; campaign_id: string }, search: string): boolean {
  const words = folded(search).split(/\s+/).filter(Boolean);
  const name = folded(it.name);
  return words.every((word) => name.includes(word)) || it.campaign_id === search.trim();
}

export function shownOf<T extends Listed>(loaded: readonly T[], wanted: Wanted): T[] {
  const { search, status, held } = wanted;
  return loaded.filter(
    (it) =>
      !held.has(it.campaign_id) &&
      (status === null ? it.status !== "archived" : it.status === status) &&
      matches(it, search),
  );
}

/** While searching, up to a bound; and where a whole page was put away, until something shows. */
export function shouldLoadMore(at: { search: string; loaded: number; shown: number }): boolean {
  return at.search !== "" || at.shown === 0 ? at.loaded < LOADED_SEARCHED_MAX : false;
}
