/** A campaign as a file that can be imported. */
import { api, ask, type Schemas } from "@/shared/api/client";
import { fileName, saveFile } from "@/shared/save-file";

type Portable = Pick<
  Schemas["CampaignRead"],
  "name" | "from_email" | "from_name" | "reply_to" | "lateness_max_seconds" | "draft"
>;

/** Settings and flow, without contacts, leads and figures. It can be imported unchanged. */
export function exported(campaign: Portable): Record<string, unknown> {
  const { name, from_email, from_name, reply_to, lateness_max_seconds, draft } = campaign;
  const settings = { from_email, from_name, reply_to, lateness_max_seconds };
  const set = Object.entries(settings).filter(([, value]) => value !== null);
  return { name, ...Object.fromEntries(set), ...draft };
}

/** The campaign as the API has it now. */
export async function exportAsJson(campaign_id: string): Promise<void> {
  const params = { path: { campaign_id } };
  const campaign = await ask(api.GET("/api/v1/campaigns/{campaign_id}", { params }));
  const text = JSON.stringify(exported(campaign), null, 2);
  const file = new Blob([text, "\n"], { type: "application/json" });
  saveFile(file, fileName(campaign.name, "json"));
}
