/**
 * The open flow: its document with undo, what is selected, what is open on the canvas.
 *
 * Invariant: every change of the document is a step of the history; selection and focus only refer
 * to existing elements. Saving, findings and live counts are elsewhere.
 */

import { createStore, type StoreApi } from "zustand";
import type { Configuration, NodeType } from "@/entities/flow/document";
import type { Canvas, Note, Point } from "./model/canvas";
import { copied, pasted, readClip } from "./model/clipboard";
import type { Made, Port } from "./model/commands";
import * as commands from "./model/commands";
import { begun, type History, redone, stepped, undone } from "./model/history";
import { type Layout, layoutOf } from "./model/layout";
import { type Choices, type Question, questionOf, remove } from "./model/removal";
import { portsOf } from "./model/titles";

export interface Picker extends Port {
  /** The place where it opens, in pixels of the window. */
  readonly at: Point;
}

/** A removal that waits for an answer: which branch stays? */
export interface Removal {
  readonly ids: ReadonlySet<string>;
  readonly choices: Choices;
  readonly question: Question;
}

export interface EditorState {
  readonly history: History<Canvas>;
  readonly layout: Layout;
  /** Nodes and notes. */
  readonly selection: ReadonlySet<string>;
  readonly selectedEdge: string | null;
  /** The card that Tab leads to; arrows move it. */
  readonly focus: string | null;
  /** Increases when the focus must become visible: after a key, not after a click. */
  readonly focusRequests: number;
  readonly picker: Picker | null;
  readonly removal: Removal | null;
  /** The node that has to be in view; null if none. A new object brings it into view again. */
  readonly shown: { readonly id: string } | null;
  /** Something from the palette is being dragged over the canvas. */
  readonly isPlacing: boolean;
  readonly isRenaming: boolean;
  readonly isReadOnly: boolean;
}

export interface Editor extends EditorState {
  change: (canvas: Canvas, burst?: string) => void;
  undo: () => void;
  redo: () => void;
  /** A different document: earlier steps cannot be undone. */
  reset: (canvas: Canvas) => void;
  setReadOnly: (isReadOnly: boolean) => void;

  select: (ids: Iterable<string>) => void;
  selectEdge: (id: string | null) => void;
  selectAll: () => void;
  /** By keyboard: also selects the card and brings it into view. */
  goTo: (id: string) => void;
  /** Gives the focus to a card without selecting it. */
  focusOn: (id: string) => void;
  /** Selects nothing any more; the card that was selected gets the focus. */
  leave: () => void;

  insertAt: (at: Port, type: NodeType) => void;
  insertFree: (type: NodeType, position: Point) => void;
  connect: (at: Port, to: string | null) => void;
  removeSelected: () => void;
  /** `port`: the branch that stays; null if none does. */
  answerRemoval: (port: string | null) => void;
  cancelRemoval: () => void;
  configure: (id: string, configuration: Configuration, burst?: string) => void;
  /** Switches the selection off or on; false if no part of it can be switched. */
  toggleSelected: () => boolean;
  rename: (id: string, name: string) => void;
  setZone: (zone: string | null) => void;
  drop: (places: ReadonlyMap<string, Point>) => void;
  tidy: () => void;
  duplicate: () => void;
  clip: () => string | null;
  paste: (text: string) => boolean;
  addNote: (position: Point) => void;
  changeNote: (id: string, change: Partial<Pick<Note, "text" | "width" | "height">>) => void;

  openPicker: (picker: Picker | null) => void;
  setPlacing: (isPlacing: boolean) => void;
  setRenaming: (isRenaming: boolean) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

export type EditorStore = StoreApi<Editor>;

export function createEditor(canvas: Canvas, isReadOnly = false): EditorStore {
  return createStore<Editor>()((set, get) => {
    const show = (history: History<Canvas>): Partial<EditorState> => {
      const { selection, layout, focus, history: old } = get();
      const canvas = history.present;
      const known = new Set([...canvas.nodes, ...canvas.notes].map((it) => it.id));
      const left = [...selection].filter((it) => known.has(it));
      return {
        history,
        layout: isSameShape(old.present, canvas) ? layout : layoutOf(canvas),
        selection: left.length === selection.size ? selection : new Set(left),
        selectedEdge: null,
        focus: focus !== null && known.has(focus) ? focus : firstOf(canvas),
        removal: null,
      };
    };
    const travel = (history: History<Canvas>) => {
      const changed = changedIn(present(), history.present);
      set({ ...show(history), ...(changed === null ? {} : { shown: { id: changed } }) });
    };
    const removeAll = (ids: ReadonlySet<string>, choices: Choices) => {
      const { history } = get();
      const question = questionOf(history.present, ids, choices);
      if (question) {
        set({ removal: { ids, choices, question } });
        return;
      }
      const before = history.present.edges.find((it) => ids.has(it.to) && !ids.has(it.from))?.from;
      change(remove(present(), ids, choices));
      if (before !== undefined && present() !== history.present) {
        get().goTo(before);
      }
    };
    const change = (canvas: Canvas, burst: string | null = null) => {
      if (get().isReadOnly || canvas === get().history.present) {
        return;
      }
      set(show(stepped(get().history, canvas, burst, performance.now())));
    };
    const make = (made: Made) => {
      change(made.canvas);
      const id = made.ids[0];
      if (id !== undefined) {
        set((it) => ({
          selection: new Set(made.ids),
          focus: id,
          focusRequests: it.focusRequests + 1,
        }));
      }
    };
    const present = () => get().history.present;
    return {
      history: begun(canvas),
      layout: layoutOf(canvas),
      selection: NOTHING,
      selectedEdge: null,
      focus: firstOf(canvas),
      focusRequests: 0,
      picker: null,
      removal: null,
      shown: null,
      isPlacing: false,
      isRenaming: false,
      isReadOnly,

      change,
      undo: () => travel(undone(get().history)),
      redo: () => travel(redone(get().history)),
      reset: (next) => set(show(begun(next))),
      setReadOnly: (value) => set({ isReadOnly: value }),

      select: (ids) => {
        const selection = new Set(ids);
        const [first] = selection;
        set((it) => ({
          selection,
          selectedEdge: null,
          isRenaming: false,
          focus: first !== undefined && !selection.has(it.focus ?? "") ? first : it.focus,
        }));
      },
      selectEdge: (id) => set({ selectedEdge: id, selection: NOTHING }),
      selectAll: () => get().select([...present().nodes, ...present().notes].map((it) => it.id)),
      goTo: (id) =>
        set((it) => ({
          selection: new Set([id]),
          selectedEdge: null,
          isRenaming: false,
          focus: id,
          focusRequests: it.focusRequests + 1,
        })),

      focusOn: (id) => set((it) => ({ focus: id, focusRequests: it.focusRequests + 1 })),
      leave: () => {
        get().select([]);
        set((it) => ({ focusRequests: it.focusRequests + 1 }));
      },

      insertAt: (at, type) => make(commands.insertAt(present(), at, type)),
      insertFree: (type, position) => make(commands.insertFree(present(), type, position)),
      connect: (at, to) => change(commands.connect(present(), at, to)),
      removeSelected: () => {
        const { selection, selectedEdge, history } = get();
        const edge = history.present.edges.find((it) => `${it.from}/${it.port}` === selectedEdge);
        if (edge) {
          change(commands.connect(present(), edge, null));
          return;
        }
        if (!get().isReadOnly) {
          removeAll(selection, new Map());
        }
      },
      answerRemoval: (port) => {
        const { removal } = get();
        if (removal) {
          set({ removal: null });
          const { ids, choices, question } = removal;
          removeAll(ids, new Map([...choices, [question.node.id, port]]));
        }
      },
      cancelRemoval: () => set({ removal: null }),
      configure: (id, configuration, burst) =>
        change(commands.configure(present(), id, configuration), burst ?? null),
      toggleSelected: () => {
        const toggled = commands.toggle(present(), get().selection);
        const isAny = toggled !== present();
        change(toggled);
        return isAny;
      },
      rename: (id, name) => change(commands.rename(present(), id, name), `name ${id}`),
      setZone: (zone) => change(commands.setZone(present(), zone)),
      drop: (places) => change(commands.move(present(), places)),
      tidy: () => change(commands.tidy(present())),
      duplicate: () => {
        const text = copied(present(), get().selection);
        if (text) {
          get().paste(text);
        }
      },
      clip: () => copied(present(), get().selection),
      paste: (text) => {
        const clip = readClip(text);
        if (!clip || get().isReadOnly) {
          return false;
        }
        make(pasted(present(), clip, openOf(present(), get().selection)));
        return true;
      },
      addNote: (position) => make(commands.addNote(present(), position)),
      changeNote: (id, given) => change(commands.changeNote(present(), id, given), `note ${id}`),

      openPicker: (picker) => set({ picker: get().isReadOnly ? null : picker }),
      setPlacing: (isPlacing) => set({ isPlacing: isPlacing && !get().isReadOnly }),
      setRenaming: (isRenaming) => set({ isRenaming: isRenaming && !get().isReadOnly }),
    };
  });
}

/** The target of a paste: after the last selected node's first exit. */
function openOf(canvas: Canvas, selection: ReadonlySet<string>): Port | null {
  const node = canvas.nodes.findLast((it) => selection.has(it.id));
  const port = node && portsOf(node)[0];
  return node && port !== undefined ? { from: node.id, port } : null;
}

function firstOf(canvas: Canvas): string | null {
  return (canvas.nodes.find((it) => it.type === "start") ?? canvas.nodes[0])?.id ?? null;
}

/** Where a step changed something: the first node or note that is new or different, otherwise the
 * node at which a connection came or went. */
function changedIn(old: Canvas, next: Canvas): string | null {
  const known = new Set<unknown>([...old.nodes, ...old.notes]);
  const node = [...next.nodes, ...next.notes].find((it) => !known.has(it));
  const isLeft = ({ from }: { from: string }) => next.nodes.some((it) => it.id === from);
  const edge =
    next.edges.find((it) => !old.edges.includes(it)) ??
    old.edges.find((it) => !next.edges.includes(it) && isLeft(it));
  return node?.id ?? edge?.from ?? null;
}

/** Whether two documents have the same layout: typing a subject moves nothing. */
function isSameShape(old: Canvas, next: Canvas): boolean {
  return (
    old.edges === next.edges &&
    old.nodes.length === next.nodes.length &&
    old.nodes.every((it, place) => {
      const other = next.nodes[place];
      return (
        it === other ||
        (it.id === other?.id &&
          it.type === other.type &&
          it.position === other.position &&
          portsOf(it).join("/") === portsOf(other).join("/"))
      );
    })
  );
}
