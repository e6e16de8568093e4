"use client";

import { Command } from "cmdk";
import { useLayoutEffect, useRef, useState } from "react";
import type { NodeType } from "@/entities/flow/document";
import { OFFERED, REGISTRY } from "@/entities/flow/nodes/registry";
import { plain } from "@/entities/flow/phrase";
import { classNames } from "@/shared/class-names";
import { useCanvas, useEditor } from "../context";
import { edgeAt, nodeOf } from "../model/canvas";
import { portLabel, portsOf, titleOf } from "../model/titles";
import type { Picker as Opened } from "../store";
import { texts } from "../texts";

const MARGIN = 8;

/** The quick picker for the next node, or one in between. Opens at a "+", or with Tab at the
 * selected node. */
export function Picker() {
  const picker = useEditor((it) => it.picker);
  return picker ? <Panel key={`${picker.from}/${picker.port}`} picker={picker} /> : null;
}

/** How well a node type fits the typed text: the name's beginning, a word of it, a part of it,
 * then its purpose. */
export function rank(name: string, typed: string, about: string[] = []): number {
  const [whole, part] = [name.toLowerCase(), typed.trim().toLowerCase()];
  if (whole.startsWith(part)) {
    return 1;
  }
  if (whole.split(/\W+/).some((it) => it.startsWith(part))) {
    return 0.8;
  }
  if (whole.includes(part)) {
    return 0.4;
  }
  return about.some((it) => it.toLowerCase().includes(part)) ? 0.2 : 0;
}

function Panel({ picker }: { picker: Opened }) {
  const canvas = useCanvas();
  const insertAt = useEditor((it) => it.insertAt);
  const connect = useEditor((it) => it.connect);
  const openPicker = useEditor((it) => it.openPicker);
  const goTo = useEditor((it) => it.goTo);
  const focusOn = useEditor((it) => it.focusOn);
  const select = useEditor((it) => it.select);
  const panel = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState(picker.at);
  useLayoutEffect(() => {
    const size = panel.current?.getBoundingClientRect();
    if (size) {
      setPlace({
        x: Math.max(MARGIN, Math.min(picker.at.x, window.innerWidth - size.width - MARGIN)),
        y: Math.max(MARGIN, Math.min(picker.at.y, window.innerHeight - size.height - MARGIN)),
      });
    }
  }, [picker.at]);
  const source = nodeOf(canvas, picker.from);
  if (!source) {
    return null;
  }
  const close = () => {
    openPicker(null);
    focusOn(picker.from);
  };
  const ports = portsOf(source);
  const turn = (by: number) => {
    const at = ports.indexOf(picker.port) + by;
    const port = ports[(at + ports.length) % ports.length];
    if (port !== undefined) {
      openPicker({ ...picker, port });
    }
  };
  const followed = edgeAt(canvas, picker.from, picker.port);
  const follower = followed && nodeOf(canvas, followed.to);
  const add = (type: NodeType) => {
    openPicker(null);
    insertAt({ from: picker.from, port: picker.port }, type);
  };
  const targets = follower
    ? []
    : canvas.nodes.filter((it) => it.type !== "start" && it.id !== picker.from);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape does the same */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same */}
      <div className="fixed inset-0 z-30" onClick={close} />
      <div
        ref={panel}
        role="dialog"
        aria-label={texts.addNode}
        className="fixed z-40 w-72 animate-appear overflow-hidden rounded-card border border-line-strong bg-raised shadow-float"
        style={{ left: place.x, top: place.y }}
      >
        <Command
          label={texts.addNode}
          loop
          filter={rank}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === "Escape") {
              event.preventDefault();
              close();
            } else if (event.key === "Tab" && ports.length > 1) {
              event.preventDefault();
              turn(event.shiftKey ? -1 : 1);
            } else if (event.key === "Tab") {
              event.preventDefault();
              close();
              // On a card that is not selected, Tab leads on; otherwise it would always come back
              // here.
              select([]);
            }
          }}
        >
          <Command.Input
            autoFocus
            placeholder={follower ? texts.insertHint : texts.addHint}
            className="h-10 w-full border-line border-b bg-transparent px-3 outline-none"
          />
          {ports.length > 1 ? (
            <div className="flex flex-wrap items-center gap-1 border-line border-b px-3 py-1.5 text-caption text-ink-soft">
              {texts.after}
              {ports.map((port) => (
                <button
                  key={port}
                  type="button"
                  tabIndex={-1}
                  aria-pressed={port === picker.port}
                  onClick={() => openPicker({ ...picker, port })}
                  className={classNames(
                    "rounded-full border px-2 leading-[18px]",
                    port === picker.port
                      ? "border-accent bg-accent-soft text-accent-strong"
                      : "border-line-strong hover:border-ink-faint",
                  )}
                >
                  {portLabel(source, port) ?? port}
                </button>
              ))}
              <kbd className="ml-auto font-sans text-ink-faint">Tab</kbd>
            </div>
          ) : null}
          <Command.List className="max-h-80 overflow-y-auto p-1 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-caption [&_[cmdk-group-heading]]:text-ink-faint">
            <Command.Empty className="px-3 py-4 text-center text-ink-soft">
              {texts.noNodeNamed}
            </Command.Empty>
            <Command.Group>
              {OFFERED.map((type) => {
                const kind = REGISTRY[type];
                const Icon = kind.icon;
                return (
                  <Command.Item
                    key={type}
                    value={kind.name}
                    keywords={[kind.about]}
                    onSelect={() => add(type)}
                    className="flex cursor-pointer items-center gap-3 rounded-control px-2 py-1.5 data-[selected=true]:bg-accent-soft"
                  >
                    <Icon size={16} aria-hidden className="shrink-0" style={{ color: kind.hue }} />
                    <span className="min-w-0">
                      <span className="block leading-5">{kind.name}</span>
                      <span className="block truncate text-caption text-ink-faint leading-4">
                        {kind.about}
                      </span>
                    </span>
                  </Command.Item>
                );
              })}
            </Command.Group>
            {targets.length > 0 ? (
              <Command.Group heading={texts.connectTo}>
                {targets.map((it) => {
                  const kind = REGISTRY[it.type as NodeType];
                  const Icon = kind?.icon;
                  return (
                    <Command.Item
                      key={it.id}
                      value={`lead to ${plain(titleOf(it, canvas))} ${it.id}`}
                      onSelect={() => {
                        openPicker(null);
                        connect({ from: picker.from, port: picker.port }, it.id);
                        goTo(it.id);
                      }}
                      className="flex h-8 cursor-pointer items-center gap-3 rounded-control px-2 data-[selected=true]:bg-accent-soft"
                    >
                      {Icon ? <Icon size={16} aria-hidden className="shrink-0" /> : null}
                      <span className="truncate">{plain(titleOf(it, canvas))}</span>
                    </Command.Item>
                  );
                })}
              </Command.Group>
            ) : null}
          </Command.List>
        </Command>
      </div>
    </>
  );
}
