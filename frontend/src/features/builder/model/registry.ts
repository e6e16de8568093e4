/**
 * What the builder knows of each node type. A type of the engine without an entry fails `tsc`.
 */
import {
  CirclePlay,
  CircleQuestionMark,
  CircleStop,
  Clock,
  Hourglass,
  type LucideIcon,
  Mail,
  Split,
} from "lucide-react";
import { readable } from "@/entities/flow/merge-tags";
import { isRecord, listOf, textOf } from "@/shared/json";
import type { Canvas, CanvasNode, Configuration, EngineNode, NodeType } from "./canvas";
import { nameOf, settingsOf } from "./canvas";
import {
  conditionLine,
  conditionTitle,
  plain,
  sharesOf,
  shareWords,
  subjectWords,
  type Words,
  waitLine,
  waitTitle,
} from "./words";

export interface NodeKind {
  /** In palette and picker. */
  readonly name: string;
  /** What it is for, in the picker's second line. */
  readonly about: string;
  readonly icon: LucideIcon;
  /** A CSS colour of the theme: the spine. */
  readonly hue: string;
  /** The begin of new ids. */
  readonly stem: string;
  readonly title: (settings: Configuration, canvas: Canvas) => Words;
  readonly line: (settings: Configuration, canvas: Canvas) => string;
  readonly ports: (settings: Configuration) => readonly string[];
  /** For a new one. `emailBefore`: the nearest e-mail upstream, for what asks about one. */
  readonly initial: (emailBefore: string | null) => Configuration | null;
  /** False for what a person cannot add: a flow has one start. */
  readonly isOffered: boolean;
}

const ONE_WAY = () => ["next"] as const;

export const REGISTRY = {
  start: {
    name: "Start",
    about: "Where every contact enters",
    icon: CirclePlay,
    hue: "var(--accent)",
    stem: "start",
    title: () => ["Contacts enter"],
    line: () => "All at launch, later ones at once",
    ports: ONE_WAY,
    initial: () => null,
    isOffered: false,
  },
  sendEmail: {
    name: "Send e-mail",
    about: "One message to the contact",
    icon: Mail,
    hue: "var(--sent)",
    stem: "email",
    title: (settings) => {
      const subject = subjectWords(settings);
      return subject ? ["Send ", { name: subject }] : ["Send an e-mail"];
    },
    line: (settings) =>
      readable(textOf(settings.preheader).trim() || excerpt(textOf(settings.body))) ||
      "No text yet",
    ports: ONE_WAY,
    initial: () => ({ subject: "", body: "" }),
    isOffered: true,
  },
  wait: {
    name: "Wait",
    about: "A time, a weekday, a date of the contact",
    icon: Clock,
    hue: "var(--waiting)",
    stem: "wait",
    title: (settings) => [waitTitle(settings)],
    line: waitLine,
    ports: ONE_WAY,
    initial: () => ({ mode: "duration", amount: 1, unit: "days" }),
    isOffered: true,
  },
  condition: {
    name: "Condition",
    about: "Yes or no: what they did, or who they are",
    icon: CircleQuestionMark,
    hue: "var(--unknown)",
    stem: "condition",
    title: (settings, canvas) => conditionTitle(canvas, settings),
    line: (settings, canvas) => conditionLine(canvas, settings),
    ports: () => ["yes", "no"],
    initial: (emailBefore) =>
      emailBefore
        ? {
            mode: "behaviour",
            event: "clicked",
            email_node: emailBefore,
            link: null,
            within: { amount: 2, unit: "days" },
            since: "sent",
          }
        : {
            mode: "attributes",
            match: "all",
            rules: [{ attribute: "", operator: "equals", value: "" }],
          },
    isOffered: true,
  },
  split: {
    name: "Split",
    about: "Shares of the contacts, by chance",
    icon: Split,
    hue: "var(--running)",
    stem: "split",
    title: (settings) => [`Split in ${listOf(settings.branches).length || "…"}`],
    line: (settings) =>
      [...sharesOf(settings)].map(([port, share]) => `${port} ${shareWords(share)}`).join(" · ") ||
      "No branches yet",
    ports: (settings) =>
      listOf(settings.branches)
        .filter(isRecord)
        .map((it) => textOf(it.port))
        .filter((port, place, all) => port !== "" && all.indexOf(port) === place),
    initial: () => ({
      branches: [
        { port: "a", weight: 50 },
        { port: "b", weight: 50 },
      ],
    }),
    isOffered: true,
  },
  end: {
    name: "End",
    about: "The contact is done here",
    icon: CircleStop,
    hue: "var(--line-strong)",
    stem: "end",
    title: (settings) => {
      const reason = textOf(settings.reason, "finished");
      return reason === "finished" ? ["Finished"] : ["Finished: ", { name: reason }];
    },
    line: () => "Nothing follows",
    ports: () => [],
    initial: () => ({ reason: "finished" }),
    isOffered: true,
  },
} satisfies Record<NodeType, NodeKind>;

/** For a type that the engine does not have: shown, kept, and named by the API. */
const FOREIGN: NodeKind = {
  name: "Unknown",
  about: "",
  icon: Hourglass,
  hue: "var(--failed)",
  stem: "node",
  title: () => ["Unknown kind of node"],
  line: () => "Put another in its place",
  ports: ONE_WAY,
  initial: () => null,
  isOffered: false,
};

export function isNodeType(type: string): type is NodeType {
  return Object.hasOwn(REGISTRY, type);
}

/** Those whose schema has the switch: a kind that the engine adds or takes away fails `tsc`. */
type Switchable<Node> = Node extends { type: NodeType }
  ? "disabled" extends keyof Node
    ? Node["type"]
    : never
  : never;

const SWITCHABLE: Readonly<Record<string, true>> = {
  sendEmail: true,
  wait: true,
} satisfies Record<Switchable<Required<EngineNode>>, true>;

/** Whether leads can pass it by: it does something, and has one way out. */
export function canBeOff(type: string): boolean {
  return Object.hasOwn(SWITCHABLE, type);
}

export function kindOf(type: string): NodeKind {
  return isNodeType(type) ? REGISTRY[type] : FOREIGN;
}

export const OFFERED: readonly NodeType[] = (Object.keys(REGISTRY) as NodeType[]).filter(
  (type) => REGISTRY[type].isOffered,
);

export function portsOf(node: CanvasNode): readonly string[] {
  return kindOf(node.type).ports(settingsOf(node));
}

/** What the node does, in words. */
export function sentenceOf(node: CanvasNode, canvas: Canvas): Words {
  return kindOf(node.type).title(settingsOf(node), canvas);
}

export function titleOf(node: CanvasNode, canvas: Canvas): Words {
  const name = nameOf(node);
  return name ? [{ name }] : sentenceOf(node, canvas);
}

/** Where a name took the title's place, the second line says what the node does. */
export function lineOf(node: CanvasNode, canvas: Canvas): string {
  const kind = kindOf(node.type);
  return nameOf(node) ? plain(sentenceOf(node, canvas)) : kind.line(settingsOf(node), canvas);
}

const EXCERPT_MAX = 120;

/** The first words of a body without its tags. */
export function excerpt(body: string): string {
  return body
    .slice(0, EXCERPT_MAX * 10)
    .replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>?/g, " ")
    .replace(/&nbsp;/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, EXCERPT_MAX);
}
