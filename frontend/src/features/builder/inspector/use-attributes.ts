"use client";

/** Names of the contacts' attributes, from the flow itself and from the first contacts. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, ask } from "@/shared/api/client";
import { isRecord, listOf, textOf } from "@/shared/json";
import { useCanvas, useWorkbench } from "../context";
import { type Canvas, settingsOf } from "../model/canvas";

const CONTACTS_READ = 20;
const TAG = /\{\{-?\s*contact(?:\.([A-Za-z_][\w-]*)|\[\s*(["'])(.*?)\2\s*\])/g;
const PLAIN = /^[A-Za-z_][\w-]*$/;
/** Words that stand for something else in a merge tag. */
const KEYWORDS = new Set(
  (
    "and or not in contains if else with required for as true false nil null empty blank " +
    "limit offset reversed cols continue"
  ).split(" "),
);

/** How a merge tag names an attribute: `contact.name`, or `contact['a name']` if it must. */
export function tagOf(name: string): string {
  if (PLAIN.test(name) && !KEYWORDS.has(name)) {
    return `contact.${name}`;
  }
  const quote = name.includes("'") ? '"' : "'";
  return `contact[${quote}${name}${quote}]`;
}

/** Attributes that the rules, waits and merge tags of this flow use. */
export function attributesIn(canvas: Canvas): string[] {
  const found = new Set<string>();
  for (const node of canvas.nodes) {
    const settings = settingsOf(node);
    for (const rule of listOf(settings.rules).filter(isRecord)) {
      found.add(textOf(rule.attribute));
    }
    found.add(textOf(settings.attribute));
    for (const key of ["subject", "preheader", "body", "from_name"]) {
      for (const match of textOf(settings[key]).matchAll(TAG)) {
        found.add(match[1] ?? match[3] ?? "");
      }
    }
  }
  found.delete("");
  return [...found];
}

export function useAttributes(): readonly string[] {
  const { campaignId } = useWorkbench();
  const canvas = useCanvas();
  const contacts = useQuery({
    queryKey: ["campaigns", campaignId, "attributes"],
    queryFn: () =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/contacts", {
          params: { path: { campaign_id: campaignId }, query: { limit: CONTACTS_READ } },
        }),
      ),
    staleTime: 60_000,
  });
  return useMemo(() => {
    const names = new Set(["email"]);
    for (const contact of contacts.data?.contacts ?? []) {
      for (const name of Object.keys(contact.attributes)) {
        names.add(name);
      }
    }
    for (const name of attributesIn(canvas)) {
      names.add(name);
    }
    return [...names];
  }, [contacts.data, canvas]);
}

export function useTags(): readonly string[] {
  const attributes = useAttributes();
  return useMemo(
    () => [...attributes.map(tagOf), "campaign.name", "unsubscribe_url"],
    [attributes],
  );
}

/** The links of an e-mail's body, each once, in order, without those from a merge tag. */
export function linksOf(body: string): string[] {
  const links = [...body.matchAll(/href\s*=\s*["']([^"'{}]+)["']/gi)].map((it) => it[1] ?? "");
  return [...new Set(links.filter((it) => /^https?:/i.test(it)))];
}
