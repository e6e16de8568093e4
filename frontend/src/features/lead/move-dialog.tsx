"use client";

import { useState } from "react";
import { toast } from "sonner";
import { namedNodes } from "@/entities/flow/node-names";
import { ApiError, problemText } from "@/shared/api/problem";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import type { ActTexts } from "./interventions";
import { texts } from "./texts";

interface MoveDialogProps {
  isOpen: boolean;
  onClose: () => void;
  wording: ActTexts;
  draft: unknown;
  /** Where the lead is. */
  here: string | null;
  onMove: (nodeId: string) => Promise<void>;
}

/** Asks for one of the campaign's nodes, and says what happens there. */
export function MoveDialog({ isOpen, onClose, wording, draft, here, onMove }: MoveDialogProps) {
  const [nodeId, setNodeId] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const nodes = namedNodes(draft).filter((node) => node.type !== "start");
  const close = () => {
    setNodeId("");
    setError(null);
    onClose();
  };
  const move = async () => {
    setIsBusy(true);
    setError(null);
    try {
      await onMove(nodeId);
      close();
    } catch (problem) {
      if (problem instanceof ApiError && problem.status > 0) {
        setError(problemText(problem, "node_id"));
      } else {
        toast.error(problemText(problem));
      }
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={wording.title}
      about={wording.about}
      actions={
        <>
          <Button onClick={close}>{wording.stay}</Button>
          <Button
            kind="primary"
            isBusy={isBusy}
            disabled={nodeId === ""}
            onClick={() => void move()}
          >
            {wording.verb}
          </Button>
        </>
      }
    >
      <Field label={texts.node} error={error}>
        {(control) => (
          <select
            {...control}
            className={CONTROL_LINE}
            value={nodeId}
            onChange={(event) => {
              setNodeId(event.target.value);
              setError(null);
            }}
          >
            <option value="">{texts.chooseNode}</option>
            {nodes.map((node) => (
              <option key={node.id} value={node.id}>
                {node.name}
                {node.isOff ? ` ${texts.isOff}` : ""}
                {node.id === here ? ` ${texts.isHere}` : ""}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Dialog>
  );
}
