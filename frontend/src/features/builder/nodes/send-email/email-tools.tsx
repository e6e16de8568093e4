"use client";

import { useQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useDeferredValue, useId, useState } from "react";
import { toast } from "sonner";
import { frameDocument } from "@/entities/mail/frame-document";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { textOf } from "@/shared/json";
import { useStored } from "@/shared/shell/use-stored";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { Failure, Skeleton } from "@/shared/ui/states";
import { useCanvas, useWorkbench } from "../../context";
import { Segments, Select } from "../../inspector/controls";
import { nodeOf, settingsOf } from "../../model/canvas";
import { texts } from "./texts";

const CONTACTS_OFFERED = 100;

/** A preview of the e-mail for a contact, and a test send to oneself. */
export function EmailTools({ nodeId }: { nodeId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button className="self-start" onClick={() => setIsOpen(true)}>
        <Eye size={16} aria-hidden /> {texts.previewAndTest}
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        title={texts.previewAndTest}
        about={texts.previewAbout}
        isWide
      >
        {isOpen ? <Preview nodeId={nodeId} /> : null}
      </Dialog>
    </>
  );
}

/** The current fields of the editor. */
function useEdits(nodeId: string) {
  const node = nodeOf(useCanvas(), nodeId);
  const settings = node ? settingsOf(node) : {};
  const fields = Object.fromEntries(
    ["subject", "body", "preheader", "from_name", "from_email", "reply_to"].flatMap((key) =>
      typeof settings[key] === "string" ? [[key, textOf(settings[key])]] : [],
    ),
  );
  const isTransactional = settings.purpose === "transactional";
  return {
    ...fields,
    purpose: isTransactional ? ("transactional" as const) : ("marketing" as const),
  };
}

function Preview({ nodeId }: { nodeId: string }) {
  const { campaignId } = useWorkbench();
  const path = { campaign_id: campaignId };
  const edits = useDeferredValue(useEdits(nodeId));
  const [email, setEmail] = useState<string | null>(null);
  const [part, setPart] = useState("html");
  const contacts = useQuery({
    queryKey: ["campaigns", campaignId, "preview-contacts"],
    queryFn: () =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/contacts", {
          params: { path, query: { limit: CONTACTS_OFFERED } },
        }),
      ),
  });
  const offered = contacts.data?.contacts ?? [];
  // The first contact until one is chosen; an example if there are none yet.
  const contact = email === null ? offered[0] : offered.find((it) => it.email === email);
  const chosen: Chosen = {
    node_id: nodeId,
    email: edits,
    attributes: contact?.attributes ?? {},
    ...(contact ? { address: contact.email } : {}),
  };
  const preview = useQuery({
    queryKey: ["campaigns", campaignId, "preview", chosen],
    queryFn: () =>
      ask(
        api.POST("/api/v1/campaigns/{campaign_id}/preview", {
          params: { path },
          body: chosen,
        }),
      ),
    placeholderData: (before) => before,
    enabled: !contacts.isPending,
  });
  const { data } = preview;
  return (
    <div className="flex flex-col gap-4 pb-6">
      <div className="flex items-end gap-3">
        <div className="min-w-0 flex-1">
          <Field label={texts.asContact}>
            {(control) => (
              <Select
                id={control.id}
                value={contact?.email ?? ""}
                isOff={false}
                options={[
                  ["", texts.noAttributes],
                  ...offered.map((it) => [it.email, it.email] as const),
                ]}
                onChange={setEmail}
                className="w-full"
              />
            )}
          </Field>
        </div>
        <div className="w-48">
          <Segments
            label={texts.part}
            value={part}
            options={[
              ["html", texts.html],
              ["text", texts.plainText],
            ]}
            onChange={setPart}
          />
        </div>
      </div>
      {preview.isPending ? <Skeleton lines={8} /> : null}
      {preview.error ? (
        <Failure error={preview.error} onRetry={() => void preview.refetch()} />
      ) : null}
      {data ? (
        <>
          {data.problems.map((it) => (
            <p key={`${it.field} ${it.message}`} role="alert" className="text-dense text-failed">
              {it.message}
            </p>
          ))}
          <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-dense">
            <dt className="text-ink-faint">{texts.subject}</dt>
            <dd className="truncate font-medium">{data.subject ?? "–"}</dd>
            <dt className="text-ink-faint">{texts.from}</dt>
            <dd className="truncate">{data.from}</dd>
            <dt className="text-ink-faint">{texts.to}</dt>
            <dd className="truncate">{data.to}</dd>
          </dl>
          {part === "html" ? (
            <iframe
              title={texts.theEmail}
              sandbox=""
              srcDoc={frameDocument(data.html ?? "")}
              className="h-96 w-full rounded-card border border-line-strong bg-white"
            />
          ) : (
            <textarea
              readOnly
              aria-label={texts.plainText}
              value={data.text ?? ""}
              className="h-96 resize-none rounded-card border border-line-strong bg-raised p-4 font-mono text-caption"
            />
          )}
          <TestSend chosen={chosen} isOff={data.problems.length > 0} />
        </>
      ) : null}
    </div>
  );
}

type Chosen = Schemas["EmailChoice"];

function TestSend({ chosen, isOff }: { chosen: Chosen; isOff: boolean }) {
  const { campaignId } = useWorkbench();
  const settings = useQuery({
    queryKey: ["workspace", "settings"],
    queryFn: () => ask(api.GET("/api/v1/workspace/settings")),
  });
  const suggested = settings.data?.test_addresses ?? [];
  const suggestions = useId();
  // The address of the viewer's last test, or else the first one of the workspace.
  const [to, setTo] = useStored("test-address", suggested[0] ?? "");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const send = async () => {
    setIsBusy(true);
    setError(null);
    try {
      const sent = await ask(
        api.POST("/api/v1/campaigns/{campaign_id}/test-send", {
          params: { path: { campaign_id: campaignId } },
          body: { ...chosen, to: to.trim() },
        }),
      );
      if (sent.outcome === "sent") {
        toast.success(texts.sentTo(sent.to));
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
    <form
      className="flex items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="min-w-0 flex-1">
        <Field label={texts.sendTestTo} isLabelHidden error={error}>
          {(control) => (
            <input
              {...control}
              type="email"
              required
              autoComplete="email"
              list={suggestions}
              placeholder="you@example.com"
              value={to}
              onChange={(event) => setTo(event.target.value)}
              className={CONTROL_LINE}
            />
          )}
        </Field>
        <datalist id={suggestions}>
          {suggested.map((it) => (
            <option key={it} value={it} />
          ))}
        </datalist>
      </div>
      <Button type="submit" kind="primary" isBusy={isBusy} disabled={isOff || !to.trim()}>
        {texts.sendTest}
      </Button>
    </form>
  );
}
