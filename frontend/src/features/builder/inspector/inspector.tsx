"use client";

import { Copy, Power, Trash2, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { kindOf } from "@/entities/flow/nodes/registry";
import { plain } from "@/entities/flow/phrase";
import { ToastRoom } from "@/shared/shell/toast-room";
import { Button } from "@/shared/ui/button";
import { useCanvas, useEditor, useFindingsOf, useWorkbench } from "../context";
import { type CanvasNode, nameOf, settingsOf } from "../model/canvas";
import { portLabel, sentenceOf, titleOf } from "../model/titles";
import { formOf } from "../nodes/forms";
import { toggleChosen, useSwitchLabel } from "../switch";
import { texts } from "../texts";
import type { FormProps } from "./controls";
import { ExitsForm } from "./exits-form";
import { FieldsForm } from "./fields-form";

const WIDTH_PX = 360;

/** The settings of the selection; empty if nothing is selected. */
export function Inspector({ ref }: { ref: React.RefObject<HTMLElement | null> }) {
  const canvas = useCanvas();
  const selection = useEditor((it) => it.selection);
  const selectedEdge = useEditor((it) => it.selectedEdge);
  const select = useEditor((it) => it.select);
  const leave = useEditor((it) => it.leave);
  const nodes = canvas.nodes.filter((it) => selection.has(it.id));
  const edge = canvas.edges.find((it) => `${it.from}/${it.port}` === selectedEdge);
  const only = selection.size === 1 ? nodes[0] : undefined;
  if (!only && !edge && selection.size < 2) {
    return null;
  }
  return (
    <aside
      ref={ref}
      aria-label={texts.inspector}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.stopPropagation();
          leave();
        }
      }}
      className="flex w-90 shrink-0 animate-appear flex-col overflow-hidden border-line border-l bg-surface"
    >
      <ToastRoom side="right" px={WIDTH_PX} />
      {only ? <NodePanel key={only.id} node={only} onClose={() => select([])} /> : null}
      {edge ? <EdgePanel /> : null}
      {only || edge ? null : <ManyPanel number={selection.size} />}
    </aside>
  );
}

function NodePanel({ node, onClose }: { node: CanvasNode; onClose: () => void }) {
  const canvas = useCanvas();
  const findings = useFindingsOf(node.id);
  const configure = useEditor((it) => it.configure);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const kind = kindOf(node.type);
  const Icon = kind.icon;
  const Form = formOf(node.type);
  // Loose ends are reported where they are fixed, at "What comes next"; errors at their fields.
  const others = findings.filter(
    (it) =>
      !(it.severity === "error" && it.field?.startsWith("configuration")) &&
      it.code !== "unconnected_port",
  );
  const form: FormProps = {
    id: node.id,
    settings: settingsOf(node),
    onChange: (settings, burst) => configure(node.id, settings, burst && `${node.id} ${burst}`),
    findings: findings.filter((it) => it.severity === "error"),
    isReadOnly,
  };
  return (
    <>
      <header className="flex flex-col gap-1 border-line border-b px-5 pt-4 pb-3">
        <div className="flex items-center gap-2 text-caption text-ink-faint">
          <Icon size={14} aria-hidden style={{ color: kind.hue }} />
          <span className="flex-1">{kind.name}</span>
          <Button
            kind="quiet"
            isSquare
            aria-label={texts.close}
            className="-mr-2"
            onClick={onClose}
          >
            <X size={16} aria-hidden />
          </Button>
        </div>
        <Title node={node} />
        {nameOf(node) ? (
          <p className="text-caption text-ink-faint">{plain(sentenceOf(node, canvas))}</p>
        ) : null}
      </header>
      <div data-form className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-5 py-4">
        {node.isOff ? <p className="text-dense text-ink-soft">{texts.switchedOff}</p> : null}
        {others.map((it) => (
          <p
            key={it.message}
            className={
              it.severity === "error" ? "text-dense text-failed" : "text-dense text-waiting"
            }
          >
            {it.message}
          </p>
        ))}
        {kind.fields ? <FieldsForm fields={kind.fields} {...form} /> : null}
        {Form ? <Form {...form} /> : null}
        {kind.fields || Form ? null : (
          <p className="text-dense text-ink-soft">{texts.foreignType(node.type)}</p>
        )}
        <ExitsForm node={node} isReadOnly={isReadOnly} />
      </div>
      {isReadOnly || node.type === "start" ? null : <Actions />}
    </>
  );
}

/** Edited in place; if empty, the node is named by what it does. */
function Title({ node }: { node: CanvasNode }) {
  const canvas = useCanvas();
  const rename = useEditor((it) => it.rename);
  const goTo = useEditor((it) => it.goTo);
  const isRenaming = useEditor((it) => it.isRenaming);
  const setRenaming = useEditor((it) => it.setRenaming);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isRenaming) {
      field.current?.focus();
      field.current?.select();
    }
  }, [isRenaming]);
  return (
    <input
      ref={field}
      aria-label={texts.name}
      readOnly={isReadOnly}
      maxLength={100}
      value={typeof node.kept.name === "string" ? node.kept.name : ""}
      placeholder={plain(titleOf(node, canvas))}
      onChange={(event) => rename(node.id, event.target.value)}
      onBlur={() => setRenaming(false)}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          goTo(node.id);
        }
      }}
      className="-mx-1.5 truncate rounded-control border border-transparent bg-transparent px-1.5 font-semibold text-[15px] leading-7 placeholder:text-ink hover:border-line focus:border-accent"
    />
  );
}

function Actions() {
  const duplicate = useEditor((it) => it.duplicate);
  const remove = useEditor((it) => it.removeSelected);
  return (
    <footer className="flex gap-1 border-line border-t px-3 py-2">
      <Button kind="quiet" onClick={duplicate}>
        <Copy size={16} aria-hidden /> {texts.duplicate}
      </Button>
      <Switch />
      <Button kind="quiet" onClick={remove} className="text-failed hover:text-failed">
        <Trash2 size={16} aria-hidden /> {texts.remove}
      </Button>
    </footer>
  );
}

function Switch() {
  const { editor } = useWorkbench();
  const label = useSwitchLabel();
  return label ? (
    <Button kind="quiet" title={`${label} (D)`} onClick={() => toggleChosen(editor)}>
      <Power size={16} aria-hidden /> {label}
    </Button>
  ) : null;
}

function ManyPanel({ number }: { number: number }) {
  const isReadOnly = useEditor((it) => it.isReadOnly);
  return (
    <>
      <div className="flex-1 px-5 py-4">
        <h2 className="font-semibold text-[15px]">{texts.chosen(number)}</h2>
        <p className="mt-1 text-dense text-ink-soft">{texts.manyAbout}</p>
      </div>
      {isReadOnly ? null : <Actions />}
    </>
  );
}

function EdgePanel() {
  const canvas = useCanvas();
  const selectedEdge = useEditor((it) => it.selectedEdge);
  const remove = useEditor((it) => it.removeSelected);
  const isReadOnly = useEditor((it) => it.isReadOnly);
  const edge = canvas.edges.find((it) => `${it.from}/${it.port}` === selectedEdge);
  const from = canvas.nodes.find((it) => it.id === edge?.from);
  const to = canvas.nodes.find((it) => it.id === edge?.to);
  if (!edge || !from || !to) {
    return null;
  }
  const label = portLabel(from, edge.port);
  return (
    <>
      <div className="flex-1 px-5 py-4">
        <h2 className="text-caption text-ink-faint">{texts.connection}</h2>
        <p className="mt-2 font-semibold">{plain(titleOf(from, canvas))}</p>
        <p className="text-dense text-ink-soft">{label ? texts.byBranch(label) : texts.leadsTo}</p>
        <p className="font-semibold">{plain(titleOf(to, canvas))}</p>
      </div>
      {isReadOnly ? null : (
        <footer className="border-line border-t px-3 py-2">
          <Button kind="quiet" onClick={remove} className="text-failed hover:text-failed">
            <Trash2 size={16} aria-hidden /> {texts.removeConnection}
          </Button>
        </footer>
      )}
    </>
  );
}
