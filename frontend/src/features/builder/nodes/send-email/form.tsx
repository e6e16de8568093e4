"use client";

import { textOf, without } from "@/shared/json";
import { Field } from "@/shared/ui/field";
import { type FormProps, messageFor, Select } from "../../inspector/controls";
import { useTags } from "../../inspector/use-attributes";
import { EmailTools } from "./email-tools";
import { MergeText } from "./merge-text";
import { texts } from "./texts";

/** Subject, preheader, body, sender: templates with merge tags. */
export function EmailForm({ id, settings, onChange, findings, isReadOnly }: FormProps) {
  const tags = useTags();
  const set = (key: string, value: string) =>
    onChange(
      value === "" && key !== "subject" && key !== "body"
        ? without(settings, key)
        : { ...settings, [key]: value },
      key,
    );
  const text = (
    key: string,
    label: string,
    hint?: string,
    isMultiline = false,
    placeholder?: string,
  ) => (
    <Field label={label} hint={hint} error={messageFor(findings, `configuration.${key}`)}>
      {(control) => (
        <MergeText
          {...control}
          tags={tags}
          isMultiline={isMultiline}
          isOff={isReadOnly}
          value={textOf(settings[key])}
          onChange={(value) => set(key, value)}
          {...(placeholder ? { placeholder } : {})}
          className={isMultiline ? "min-h-56 resize-y font-mono leading-5" : ""}
        />
      )}
    </Field>
  );
  const whole = findings.filter((it) => it.field === "configuration");
  return (
    <>
      {whole.map((it) => (
        <p key={it.message} className="text-caption text-failed">
          {it.message}
        </p>
      ))}
      {text("subject", texts.subject, undefined, false, texts.subjectExample)}
      {text("preheader", texts.preheader, texts.preheaderHint)}
      {text("body", texts.body, texts.bodyHint, true)}
      <Field
        label={texts.purpose}
        hint={settings.purpose === "transactional" ? texts.transactionalHint : texts.marketingHint}
        error={messageFor(findings, "configuration.purpose")}
      >
        {(control) => (
          <Select
            id={control.id}
            value={textOf(settings.purpose, "marketing")}
            options={[
              ["marketing", texts.marketing],
              ["transactional", texts.transactional],
            ]}
            isOff={isReadOnly}
            onChange={(value) =>
              onChange(
                value === "marketing"
                  ? without(settings, "purpose")
                  : { ...settings, purpose: value },
              )
            }
          />
        )}
      </Field>
      <EmailTools nodeId={id} />
      <details className="group">
        <summary className="text-dense font-medium text-ink-soft">{texts.sender}</summary>
        <div className="mt-2 flex flex-col gap-4">
          {text("from_name", texts.fromName, texts.empty)}
          {text("from_email", texts.fromAddress, texts.empty)}
          {text("reply_to", texts.replyTo, texts.replyToHint)}
        </div>
      </details>
    </>
  );
}
