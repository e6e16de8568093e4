"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useRouter } from "next/navigation";
import { type DragEvent, useDeferredValue, useId, useMemo, useRef, useState } from "react";
import { FlowThumbnail } from "@/entities/flow/flow-thumbnail";
import { api, ask, type Schemas } from "@/shared/api/client";
import { ApiError, problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL, Field } from "@/shared/ui/field";
import { useOnce } from "@/shared/use-once";
import { flowOf, IMPORT_CHARS_MAX, placeOf, readImport } from "./portable";
import { create } from "./requests";
import { texts } from "./texts";

/** Imports a campaign from a file or from pasted JSON, checked before it becomes a draft. */
export function ImportCampaign({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const settled = useDeferredValue(text);
  const read = useMemo(() => (settled.trim() ? readImport(settled) : null), [settled]);
  const router = useRouter();
  const queries = useQueryClient();
  const document_ = read?.document;
  const looked = useQuery({
    queryKey: ["validate", settled],
    queryFn: () => ask(api.POST("/api/v1/validate", { body: flowOf(document_ ?? {}) })),
    enabled: document_ !== undefined,
    gcTime: 0,
    retry: false,
  });
  const makes = useMutation({
    mutationFn: () => create(document_ ?? {}),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["campaigns"] });
      router.push(`/campaigns/${encodeURIComponent(made.campaign_id)}`);
    },
  });
  const make = useOnce(makes.mutateAsync);
  const put = (next: string) => {
    makes.reset();
    setText(next);
  };
  const refusal = makes.error ?? looked.error;
  const errors = (looked.data?.findings ?? []).filter((it) => it.severity === "error");
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={texts.importCampaign}
      about={texts.importAbout}
      actions={
        <>
          <Button onClick={onClose}>{texts.notNow}</Button>
          <Button
            kind="primary"
            isBusy={makes.isPending || makes.isSuccess}
            disabled={!document_ || looked.isPending || looked.isError}
            onClick={make}
          >
            {errors.length > 0 ? texts.importToFix : texts.importDraft}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 pb-2">
        <Source text={text} onText={put} problem={read?.problem} />
        {document_ ? (
          <div className="flex gap-4">
            {Array.isArray(document_.nodes) ? (
              <div className="flex h-32 w-32 shrink-0 items-center justify-center rounded-card border border-line-strong p-2">
                <FlowThumbnail flow={document_} className="h-full w-full" />
              </div>
            ) : null}
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium" dir="auto">
                {typeof document_.name === "string" ? document_.name : texts.untitledCampaign}
              </p>
              {read?.leftOut && read.leftOut.length > 0 ? (
                <p className="text-caption text-ink-faint">
                  {texts.leftOut(read.leftOut.join(", "))}
                </p>
              ) : null}
              {refusal ? (
                <Refusal error={refusal} />
              ) : looked.data ? (
                <Findings findings={looked.data.findings} />
              ) : (
                <p className="text-ink-soft">{texts.checking}</p>
              )}
            </div>
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}

interface SourceProps {
  text: string;
  onText: (text: string) => void;
  problem: string | undefined;
}

function Source({ text, onText, problem }: SourceProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const [tooLarge, setTooLarge] = useState<string | null>(null);
  const take = async (file: File | undefined) => {
    if (!file) {
      return;
    }
    if (file.size > IMPORT_CHARS_MAX) {
      setTooLarge(texts.fileTooLarge(file.name));
      return;
    }
    setTooLarge(null);
    onText(await file.text());
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void take(event.dataTransfer.files[0]);
  };
  const id = useId();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one of three ways
    <div
      onDrop={drop}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      className="flex flex-col gap-2"
    >
      <div className="flex items-center gap-3">
        <input
          ref={input}
          id={id}
          type="file"
          accept="application/json,.json"
          aria-label={texts.file}
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            void take(event.target.files?.[0]);
            // The same file may be chosen again after it was fixed.
            event.target.value = "";
          }}
        />
        <Button onClick={() => input.current?.click()}>
          <FileUp size={16} aria-hidden />
          {texts.chooseFile}
        </Button>
        <span className="text-caption text-ink-faint">{texts.orDrop}</span>
      </div>
      <Field label={texts.json} error={tooLarge ?? problem}>
        {(control) => (
          <textarea
            {...control}
            value={text}
            rows={8}
            spellCheck={false}
            placeholder='{"name": "Welcome", "nodes": […], "connections": […]}'
            onChange={(event) => {
              setTooLarge(null);
              onText(event.target.value);
            }}
            className={classNames(
              CONTROL,
              "resize-y py-2 font-mono text-caption",
              isOver && "border-accent bg-accent-soft",
            )}
          />
        )}
      </Field>
    </div>
  );
}

function Refusal({ error }: { error: Error }) {
  const errors = error instanceof ApiError ? error.problem.errors : [];
  return (
    <div role="alert">
      {errors.length > 0 ? (
        <>
          <p className="text-failed">{texts.cannotImport}</p>
          <WhatIsWrong items={errors} />
        </>
      ) : (
        <p className="text-failed">{problemText(error)}</p>
      )}
    </div>
  );
}

function Findings({ findings }: { findings: Schemas["FindingView"][] }) {
  const errors = findings.filter((it) => it.severity === "error");
  if (findings.length === 0) {
    return <p className="text-sent">{texts.ready}</p>;
  }
  return (
    <>
      <p className={errors.length > 0 ? "text-failed" : "text-waiting"}>
        {errors.length > 0 ? texts.toFix(errors.length) : texts.warnings(findings.length)}
      </p>
      <WhatIsWrong items={findings} />
    </>
  );
}

interface Wrong {
  message: string;
  code: string;
  node_id?: string | null;
  field?: string | null;
}

function WhatIsWrong({ items }: { items: Wrong[] }) {
  return (
    <ul className="mt-1 max-h-40 overflow-y-auto text-dense" aria-label={texts.problems}>
      {items.map((it) => (
        <li
          key={`${it.node_id} ${it.field} ${it.code} ${it.message}`}
          className="border-line border-b py-1 last:border-0"
        >
          {it.message}
          {placeOf(it) ? (
            <span className="ml-2 break-all font-mono text-caption text-ink-faint">
              {placeOf(it)}
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
