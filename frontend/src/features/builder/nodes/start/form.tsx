"use client";

import { useState } from "react";
import { problemText } from "@/shared/api/problem";
import { Field } from "@/shared/ui/field";
import { useCampaignApi } from "../../campaign-api";
import { useCanvas, useEditor, useSaver } from "../../context";
import { type FormProps, SMALL } from "../../inspector/controls";
import { ZoneSelect } from "../../inspector/zone-select";

/** What holds for the whole campaign: time zone and sender. */
export function StartForm({ isReadOnly }: FormProps) {
  const canvas = useCanvas();
  const setZone = useEditor((it) => it.setZone);
  const error = useSaver((it) => it.findings.find((found) => found.field === "zone")?.words);
  return (
    <>
      <p className="text-dense text-ink-soft">
        At launch every contact of the campaign enters here. Who is imported later enters at once.
      </p>
      <Field
        label="Time zone of the campaign"
        hint="For waits that name it, and for contacts without one of their own."
        error={error}
      >
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
      <Setting name="from_name" label="From name" isOff={isReadOnly} />
      <Setting name="from_email" label="From address" isOff={isReadOnly} />
    </>
  );
}

/** Saved when the field is left, or by Enter. */
function Setting({
  name,
  label,
  isOff,
}: {
  name: "from_name" | "from_email";
  label: string;
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
    <Field label={label} hint="Empty: the workspace's." error={error}>
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
