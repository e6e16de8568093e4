/** The forms of node types with a kind that names no fields; a type with neither fails `tsc`. */
import type { ReactNode } from "react";
import type { NodeType } from "@/entities/flow/document";
import type { FormField } from "@/entities/flow/nodes/kind";
import type { REGISTRY } from "@/entities/flow/nodes/registry";
import type { FormProps } from "../inspector/controls";
import { ConditionForm } from "./condition/form";
import { EmailForm } from "./send-email/form";
import { SplitForm } from "./split/form";
import { StartForm } from "./start/form";
import { WaitForm } from "./wait/form";

type Form = (props: FormProps) => ReactNode;

type WithoutFields = {
  [Type in NodeType]: (typeof REGISTRY)[Type] extends { fields: readonly FormField[] }
    ? never
    : Type;
}[NodeType];

const FORMS: Readonly<Record<string, Form>> = {
  start: StartForm,
  sendEmail: EmailForm,
  wait: WaitForm,
  condition: ConditionForm,
  split: SplitForm,
} satisfies Record<WithoutFields, Form>;

export function formOf(type: string): Form | null {
  return (Object.hasOwn(FORMS, type) && FORMS[type]) || null;
}
