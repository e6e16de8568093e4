/** Which of the loaded campaigns are shown, and whether to load more. Pure. */
import type { CampaignStatus } from "@/entities/campaign/status";
import { folded } from "@/shared/folded";

/** How far a search goes by itself; the API lists by age and does not search. */
export const LOADED_SEARCHED_MAX = 2000;

interface Listed {
  campaign_id: string;
  name: string;
  status: string;
}

interface Wanted {
  search: string;
  /** null: all that are not archived. */
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

/** While searching, up to a limit; and if a whole page is archived, until something is shown. */
export function shouldLoadMore(at: { search: string; loaded: number; shown: number }): boolean {
  return at.search !== "" || at.shown === 0 ? at.loaded < LOADED_SEARCHED_MAX : false;
}
