/** The form of each node type: one that has none fails `tsc`. */
import type { ReactNode } from "react";
import type { NodeType } from "@/entities/flow/document";
import type { FormProps } from "../inspector/controls";
import { ConditionForm } from "./condition/form";
import { EndForm } from "./end/form";
import { EmailForm } from "./send-email/form";
import { SplitForm } from "./split/form";
import { StartForm } from "./start/form";
import { WaitForm } from "./wait/form";

export const FORMS = {
  start: StartForm,
  sendEmail: EmailForm,
  wait: WaitForm,
  condition: ConditionForm,
  split: SplitForm,
  end: EndForm,
} satisfies Record<NodeType, (props: FormProps) => ReactNode>;
