"use client";

import { plain } from "@/entities/flow/phrase";
import { Field } from "@/shared/ui/field";
import { useCanvas, useEditor } from "../context";
import { type CanvasNode, edgeAt } from "../model/canvas";
import { portLabel, portsOf, titleOf } from "../model/titles";
import { texts } from "../texts";
import { Select } from "./controls";

/** Where each exit leads: for drawing connections by keyboard. */
export function ExitsForm({ node, isReadOnly }: { node: CanvasNode; isReadOnly: boolean }) {
  const canvas = useCanvas();
  const connect = useEditor((it) => it.connect);
  const ports = portsOf(node);
  if (ports.length === 0) {
    return null;
  }
  const targets = canvas.nodes
    .filter((it) => it.type !== "start" && it.id !== node.id)
    .map((it) => [it.id, plain(titleOf(it, canvas))] as const);
  return (
    <section className="flex flex-col gap-3 border-line border-t pt-4">
      <h2 className="font-medium text-dense">{texts.whatNext}</h2>
      {ports.map((port) => (
        <Field key={port} label={portLabel(node, port) ?? texts.nextExit}>
          {(control) => (
            <Select
              id={control.id}
              value={edgeAt(canvas, node.id, port)?.to ?? ""}
              options={[["", texts.nothingNext], ...targets]}
              isOff={isReadOnly}
              onChange={(to) => connect({ from: node.id, port }, to || null)}
            />
          )}
        </Field>
      ))}
    </section>
  );
}
