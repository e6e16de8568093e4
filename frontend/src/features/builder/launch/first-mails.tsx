"use client";

import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { useStored } from "@/shared/shell/use-stored";
import { instant } from "@/shared/time/format";
import { Button } from "@/shared/ui/button";
import { texts as common } from "../texts";
import type { FirstSend } from "./first-sends";
import { texts } from "./texts";
import { lastMailMs } from "./timing";

const MINUTE_MS = 60_000;

interface FirstMailsProps {
  campaignId: string;
  sends: readonly FirstSend[];
  contacts: number;
  /** For previews and tests; null: an example. */
  contact: Schemas["ContactView"] | null;
  /** When the campaign starts; null: now. */
  startsAt: string | null;
  onChangeSender: () => void;
}

/** What is sent first, from whom, by when the last contact has it, and a test of each. */
export function FirstMails(props: FirstMailsProps) {
  const { campaignId, sends, contacts, contact, startsAt, onChangeSender } = props;
  const chosenOf = (node_id: string) => ({
    node_id,
    attributes: contact?.attributes ?? {},
    ...(contact ? { address: contact.email } : {}),
  });
  const senders = useQueries({
    queries: sends.map(({ id }) => ({
      queryKey: ["campaigns", campaignId, "sender", id],
      queryFn: () =>
        ask(
          api.POST("/api/v1/campaigns/{campaign_id}/preview", {
            params: { path: { campaign_id: campaignId } },
            body: chosenOf(id),
          }),
        ),
      gcTime: 0,
    })),
  });
  const names = [...new Set(senders.flatMap((it) => (it.data ? [it.data.from] : [])))];
  return (
    <section className="flex flex-col gap-3">
      {names.length > 0 ? (
        <div>
          <h3 className="text-caption text-ink-faint">{texts.from}</h3>
          <p className="flex items-baseline gap-2">
            <bdi className="min-w-0 break-words">{names.join(", ")}</bdi>
            <button
              type="button"
              onClick={onChangeSender}
              className="cursor-pointer font-medium text-accent underline"
            >
              {texts.change}
            </button>
          </p>
        </div>
      ) : null}
      <div>
        <h3 className="text-caption text-ink-faint">{common.sentFirst}</h3>
        {sends.length === 0 ? (
          <p>{common.nothingSent}</p>
        ) : (
          <ul className="mt-1 flex flex-col gap-1">
            {sends.map((it) => (
              <li key={it.id} className="flex flex-wrap items-center gap-x-2">
                <bdi className="min-w-0 truncate font-medium">{it.email}</bdi>
                <span className="shrink-0 text-ink-soft">{it.when}</span>
                <Test campaignId={campaignId} email={it.email} chosen={chosenOf(it.id)} />
              </li>
            ))}
          </ul>
        )}
        <LastMail sends={sends} contacts={contacts} startsAt={startsAt} />
      </div>
    </section>
  );
}

/** Nothing if it is not known how fast mail goes out. */
function LastMail({
  sends,
  contacts,
  startsAt,
}: Pick<FirstMailsProps, "sends" | "contacts" | "startsAt">) {
  const throughput = useQuery({
    queryKey: ["sending", "throughput"],
    queryFn: () => ask(api.GET("/api/v1/sending/throughput")),
  });
  const perMinute = throughput.data?.per_minute ?? null;
  const startMs = startsAt ? Date.parse(startsAt) : Date.now();
  const delays = sends.map((it) => it.seconds);
  const lastMs = lastMailMs(startMs, contacts, perMinute, delays);
  if (lastMs === null || perMinute === null) {
    return null;
  }
  const afterFirstMs = (contacts / perMinute) * MINUTE_MS;
  const rounded = new Date(Math.ceil(lastMs / MINUTE_MS) * MINUTE_MS).toISOString();
  const when = afterFirstMs < MINUTE_MS ? texts.withinAMinute : texts.about(instant(rounded));
  return <p className="mt-1 text-ink-soft">{texts.lastMail(perMinute, when)}</p>;
}

interface TestProps {
  campaignId: string;
  email: string;
  chosen: Schemas["EmailChoice"];
}

/** Sends the e-mail to the address of the viewer's last test, or else to the workspace's. */
function Test({ campaignId, email, chosen }: TestProps) {
  const [to] = useStored("test-address", "");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const send = async () => {
    setIsBusy(true);
    setError(null);
    try {
      const sent = await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/test-send", {
          params: { path: { campaign_id: campaignId } },
          body: { ...chosen, ...(to.trim() ? { to: to.trim() } : {}) },
        }),
      );
      if (sent.outcome === "sent") {
        toast.success(texts.tested(sent.to));
      } else {
        setError(texts.notTaken(sent.message));
      }
    } catch (problem) {
      setError(problemText(problem));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Button
        kind="quiet"
        isBusy={isBusy}
        aria-label={texts.testOf(email)}
        onClick={() => void send()}
        className="ml-auto"
      >
        {texts.test}
      </Button>
      {error ? (
        <p role="alert" className="w-full text-dense text-failed">
          {error}
        </p>
      ) : null}
    </>
  );
}
