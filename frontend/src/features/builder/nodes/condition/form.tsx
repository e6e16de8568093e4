"use client";

import type { Configuration } from "@/entities/flow/document";
import { ASK_ATTRIBUTES, askAbout } from "@/entities/flow/nodes/condition/kind";
import { linkText } from "@/entities/flow/nodes/condition/title";
import { recordOf, textOf, without } from "@/shared/json";
import { Field } from "@/shared/ui/field";
import { useCanvas } from "../../context";
import {
  type FormProps,
  LengthInput,
  messageFor,
  Segments,
  Select,
} from "../../inspector/controls";
import { linksOf } from "../../inspector/use-attributes";
import { nodeOf, settingsOf } from "../../model/canvas";
import { before, graphOf } from "../../model/graph";
import { emailName } from "../../model/titles";
import { RulesForm } from "./rules-form";
import { texts } from "./texts";

const MODES = [
  ["behaviour", texts.whatTheyDid],
  ["attributes", texts.whoTheyAre],
] as const;

const OWN = ["mode", "event", "email_node", "link", "within", "since", "match", "rules"];

export function ConditionForm(props: FormProps) {
  const { id, settings, onChange, isReadOnly } = props;
  const canvas = useCanvas();
  const mode = textOf(settings.mode, "behaviour");
  const turn = (next: "behaviour" | "attributes") => {
    const email = before(graphOf(canvas), id).find((it) => it.type === "sendEmail")?.id ?? "";
    const asked = next === "behaviour" ? askAbout(email) : ASK_ATTRIBUTES;
    onChange({ ...without(settings, ...OWN), ...asked });
  };
  return (
    <>
      <Segments
        label={texts.decides}
        value={mode}
        options={MODES}
        isOff={isReadOnly}
        onChange={turn}
      />
      {mode === "attributes" ? <RulesForm {...props} /> : <Behaviour {...props} />}
    </>
  );
}

function Behaviour({ id, settings, onChange, findings, isReadOnly }: FormProps) {
  const canvas = useCanvas();
  const emails = before(graphOf(canvas), id).filter((it) => it.type === "sendEmail");
  const chosen = textOf(settings.email_node);
  const email = nodeOf(canvas, chosen);
  const links = email ? linksOf(textOf(settingsOf(email).body)) : [];
  const isClick = settings.event !== "opened";
  const set = (change: Configuration, burst?: string) =>
    onChange({ ...settings, ...change }, burst);
  return (
    <>
      <Field label={texts.didThey} error={messageFor(findings, "configuration.event")}>
        {(control) => (
          <Select
            id={control.id}
            value={isClick ? "clicked" : "opened"}
            options={[
              ["clicked", texts.click],
              ["opened", texts.open],
            ]}
            isOff={isReadOnly}
            onChange={(event) => set(event === "opened" ? { event, link: null } : { event })}
          />
        )}
      </Field>
      <Field
        label={texts.theEmail}
        error={messageFor(findings, "configuration.email_node")}
        {...(emails.length === 0 ? { hint: texts.noEmailBefore } : {})}
      >
        {(control) => (
          <Select
            id={control.id}
            aria-describedby={control["aria-describedby"]}
            isInvalid={control["aria-invalid"] ?? false}
            value={chosen}
            options={emails.map((it) => [it.id, emailName(canvas, it.id)])}
            isOff={isReadOnly}
            onChange={(email_node) => set({ email_node, link: null })}
          />
        )}
      </Field>
      {isClick ? (
        <Field label={texts.whichLink} error={messageFor(findings, "configuration.link")}>
          {(control) => (
            <Select
              id={control.id}
              value={textOf(settings.link)}
              options={[["", texts.anyLink], ...links.map((it) => [it, linkText(it)] as const)]}
              isOff={isReadOnly}
              onChange={(link) => set({ link: link || null })}
            />
          )}
        </Field>
      ) : null}
      <Field
        label={texts.within}
        error={messageFor(findings, "configuration.within")}
        hint={texts.withinHint}
      >
        {() => (
          <span className="flex gap-2">
            <LengthInput
              label={texts.within}
              value={recordOf(settings.within)}
              onChange={(within, burst) => set({ within }, burst)}
              burst="within"
              isOff={isReadOnly}
              isInvalid={messageFor(findings, "configuration.within") !== undefined}
            />
            <Select
              label={texts.countedFrom}
              value={textOf(settings.since, "sent")}
              options={[
                ["sent", texts.ofSendingLine],
                ["arrival", texts.sinceArrival],
              ]}
              isOff={isReadOnly}
              onChange={(since) => set({ since })}
            />
          </span>
        )}
      </Field>
    </>
  );
}
