/** What the interface knows about a node type, except the form that edits it. */
import type { LucideIcon } from "lucide-react";
import type { Configuration, EngineNode, NodeType } from "../document";
import type { Figure } from "../figures";
import type { Phrase } from "../phrase";

/** The names of the flow's other nodes, by id: conditions name the e-mail they ask about. */
export type NameOf = (id: string) => string;

/** What the node does, in a few words. */
export type TitleOf = (settings: Configuration, nameOf: NameOf) => Phrase;

/** Since the start, by the quickest path; `isExact` is false if a date or a reader decides. */
export interface Elapsed {
  readonly seconds: number;
  readonly isExact: boolean;
}

/** What a node needs to know about the flow in order to say when leads leave it. */
export interface Surroundings {
  /** When leads arrive here. */
  readonly here: Elapsed;
  /** When leads arrive at another node; undefined while this is not known. */
  readonly arrivalAt: (id: string) => Elapsed | undefined;
}

/** Whether the engine's schema lets the node be switched off. */
type CanBeOff<Type extends NodeType> = "disabled" extends keyof Extract<EngineNode, { type: Type }>
  ? true
  : false;

/** One setting in the form of a node. */
export interface FormField {
  /** Its key in the settings. */
  readonly key: string;
  readonly label: string;
  readonly hint?: string;
  readonly control: "text" | "time" | "zone";
  /** The engine's default. */
  readonly usual: string;
}

export interface NodeKind {
  /** In palette and picker. */
  readonly name: string;
  /** Its purpose, in the picker's second line. */
  readonly about: string;
  readonly icon: LucideIcon;
  /** A CSS colour of the theme: the spine. */
  readonly hue: string;
  /** The beginning of new ids. */
  readonly stem: string;
  readonly title: TitleOf;
  readonly line: (settings: Configuration, nameOf: NameOf) => string;
  readonly ports: (settings: Configuration) => readonly string[];
  /** What people call the exit; null if there is only one. */
  readonly portName: (settings: Configuration, port: string) => string | null;
  /** The share of the leads that leave by a port, 0 to 1, if chance decides. */
  readonly portShare?: (settings: Configuration, port: string) => number | undefined;
  /** For a new node. `emailBefore`: the nearest e-mail upstream, for conditions. */
  readonly initial: (emailBefore: string | null) => Configuration | null;
  /** False for nodes that a person cannot add: a flow has one start. */
  readonly isOffered: boolean;
  /** Whether it can be switched off, so that leads skip it. */
  readonly canBeOff: boolean;
  /** Its whole form; a type without them has a form of its own in the builder. */
  readonly fields?: readonly FormField[];
  /** On its card in the live view. */
  readonly figures: readonly Figure[];
  /** When leads leave by a port; without it, they leave as they arrive. */
  readonly leaves?: (settings: Configuration, port: string, around: Surroundings) => Elapsed;
  /** Whether every lead leaves by "no" at once, given which e-mails are switched off. */
  readonly isForegone?: (settings: Configuration, isOff: (id: string) => boolean) => boolean;
}

/** The kind of one of the engine's types; it agrees with the engine on what can be switched off. */
export interface KindOf<Type extends NodeType> extends NodeKind {
  readonly canBeOff: CanBeOff<Type>;
}

/** The ports of nodes with one exit. */
export const ONE_EXIT = {
  ports: () => ["next"],
  portName: (_: Configuration, port: string) => (port === "next" ? null : port),
} as const;
