"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Info, Mail } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { api, ask } from "@/shared/api/client";
import { type Action, usePageActions } from "@/shared/shell/page-actions";
import { useFocusBack } from "@/shared/ui/use-focus-back";
import { openAbout } from "./about-dialog";
import { PLACES, SESSIONS } from "./places";
import { texts } from "./texts";

const CAMPAIGNS_SHOWN = 100;
const OPEN = "emailbuilder:palette";

export function openPalette(): void {
  window.dispatchEvent(new Event(OPEN));
}

const ROW =
  "flex h-9 cursor-pointer items-center gap-3 rounded-control px-3 data-[selected=true]:bg-accent-soft";

/** Every page, every campaign, and the actions of the open page, with Ctrl+K. */
export function CommandPalette() {
  const [isOpen, setIsOpen] = useState(false);
  useFocusBack(isOpen);
  const router = useRouter();
  const actions = usePageActions();
  const campaigns = useQuery({
    queryKey: ["campaigns", "palette"],
    queryFn: () =>
      ask(api.GET("/api/v1/campaigns", { params: { query: { limit: CAMPAIGNS_SHOWN } } })),
    enabled: isOpen,
  });
  useEffect(() => {
    const open = () => setIsOpen(true);
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setIsOpen((was) => !was);
      }
    };
    window.addEventListener(OPEN, open);
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener(OPEN, open);
      window.removeEventListener("keydown", onKey);
    };
  }, []);
  const choose = (act: () => void) => () => {
    setIsOpen(false);
    act();
  };
  return (
    <Command.Dialog
      open={isOpen}
      onOpenChange={setIsOpen}
      label={texts.searchOrGoTo}
      overlayClassName="fixed inset-0 z-40 bg-black/35"
      contentClassName="fixed top-[18vh] left-1/2 z-50 w-[calc(100vw-32px)] max-w-xl -translate-x-1/2 rounded-card bg-raised shadow-float"
    >
      <Command.Input
        placeholder={texts.searchPlaceholder}
        className="h-12 w-full border-line border-b bg-transparent px-4 outline-none"
      />
      <Command.List className="max-h-80 overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-caption [&_[cmdk-group-heading]]:text-ink-faint">
        <Command.Empty className="px-3 py-6 text-center text-ink-soft">
          {texts.nothingFound}
        </Command.Empty>
        {actions.length > 0 ? (
          <Command.Group heading={texts.onThisPage}>
            {actions.map((it: Action) => (
              <Command.Item key={it.name} className={ROW} onSelect={choose(it.act)}>
                {it.name}
                {it.keys ? (
                  <kbd className="ml-auto font-sans text-caption text-ink-faint">{it.keys}</kbd>
                ) : null}
              </Command.Item>
            ))}
          </Command.Group>
        ) : null}
        <Command.Group heading={texts.goTo}>
          {[...PLACES, SESSIONS].map(({ name, href, icon: Icon }) => (
            <Command.Item key={href} className={ROW} onSelect={choose(() => router.push(href))}>
              <Icon size={16} aria-hidden /> {name}
            </Command.Item>
          ))}
          <Command.Item className={ROW} onSelect={choose(openAbout)}>
            <Info size={16} aria-hidden /> {texts.about}
          </Command.Item>
        </Command.Group>
        {campaigns.data && campaigns.data.campaigns.length > 0 ? (
          <Command.Group heading={texts.campaigns}>
            {campaigns.data.campaigns.map((it) => (
              <Command.Item
                key={it.campaign_id}
                value={`${it.name} ${it.campaign_id}`}
                className={ROW}
                onSelect={choose(() =>
                  router.push(`/campaigns/${encodeURIComponent(it.campaign_id)}`),
                )}
              >
                <Mail size={16} aria-hidden /> <bdi className="truncate">{it.name}</bdi>
              </Command.Item>
            ))}
          </Command.Group>
        ) : null}
      </Command.List>
    </Command.Dialog>
  );
}
