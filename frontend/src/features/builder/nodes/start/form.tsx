"use client";

import { useState } from "react";
import { problemText } from "@/shared/api/problem";
import { Field } from "@/shared/ui/field";
import { useCampaignApi } from "../../campaign-api";
import { useCanvas, useEditor, useSaver } from "../../context";
import { type FormProps, SMALL } from "../../inspector/controls";
import { ZoneSelect } from "../../inspector/zone-select";
import { texts } from "./texts";

/** Settings of the whole campaign: time zone, sender and where answers go. */
export function StartForm({ isReadOnly }: FormProps) {
  const canvas = useCanvas();
  const setZone = useEditor((it) => it.setZone);
  const error = useSaver((it) => it.findings.find((found) => found.field === "zone")?.message);
  return (
    <>
      <p className="text-dense text-ink-soft">{texts.formAbout}</p>
      <Field label={texts.zone} hint={texts.zoneHint} error={error}>
        {(control) => (
          <ZoneSelect
            id={control.id}
            aria-describedby={control["aria-describedby"]}
            value={canvas.zone ?? "UTC"}
            onChange={setZone}
            isOff={isReadOnly}
          />
        )}
      </Field>
      <Setting name="from_name" label={texts.fromName} hint={texts.empty} isOff={isReadOnly} />
      <Setting name="from_email" label={texts.fromAddress} hint={texts.empty} isOff={isReadOnly} />
      <Setting name="reply_to" label={texts.replyTo} hint={texts.replyToHint} isOff={isReadOnly} />
    </>
  );
}

/** Saved when the field is left, or with Enter. */
function Setting({
  name,
  label,
  hint,
  isOff,
}: {
  name: "from_name" | "from_email" | "reply_to";
  label: string;
  hint: string;
  isOff: boolean;
}) {
  const kept = useSaver((it) => it.kept.campaign[name]) ?? "";
  const campaignApi = useCampaignApi();
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const save = async () => {
    if (typed === null || typed === kept) {
      return;
    }
    try {
      await campaignApi.change({ [name]: typed.trim() || null });
      setTyped(null);
      setError(null);
    } catch (problem) {
      setError(problemText(problem, name));
    }
  };
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <input
          {...control}
          disabled={isOff}
          value={typed ?? kept}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              void save();
            }
          }}
          className={SMALL}
        />
      )}
    </Field>
  );
}
