"use client";

import { useState } from "react";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { useEditor, useSaver, useWorkbench } from "../context";
import { toCanvas } from "../model/codec";
import type { Kept } from "./saver";
import { takeTheirs } from "./take-theirs";

/** Somebody else changed the flow: look at theirs, or put yours over it. Nothing is lost before. */
export function ConflictDialog() {
  const save = useSaver((it) => it.save);
  const [isPutOff, setIsPutOff] = useState(false);
  if (save.kind !== "conflict") {
    return null;
  }
  return isPutOff ? (
    <div className="absolute top-3 left-1/2 z-20 flex -translate-x-1/2 items-center gap-3 rounded-card border border-line bg-raised px-3 py-2 text-dense shadow-float">
      Somebody else changed this flow; yours is not saved.
      <Button onClick={() => setIsPutOff(false)}>Decide</Button>
    </div>
  ) : (
    <Decide theirs={save.theirs} onPutOff={() => setIsPutOff(true)} />
  );
}

function Decide({ theirs, onPutOff }: { theirs: Kept; onPutOff: () => void }) {
  const { editor, saver } = useWorkbench();
  const mine = useEditor((it) => it.history.present);
  const [isBusy, setIsBusy] = useState(false);
  const { canvas } = toCanvas(theirs.draft);
  const lookAtTheirs = () => {
    saver.yieldTo(theirs);
    takeTheirs(editor, theirs, "You see their flow now");
  };
  const keepMine = async () => {
    setIsBusy(true);
    await saver.overwrite();
    setIsBusy(false);
  };
  return (
    <Dialog
      isOpen
      onClose={onPutOff}
      title="Somebody else changed this flow"
      about={
        <>
          They saved <Moment at={theirs.campaign.updated_at} />, while you were changing it here.
          Theirs has {canvas.nodes.length} nodes, yours {mine.nodes.length}.
        </>
      }
      actions={
        <>
          <Button onClick={onPutOff}>Decide later</Button>
          <Button kind="danger" isBusy={isBusy} onClick={() => void keepMine()}>
            Overwrite with mine
          </Button>
          <Button kind="primary" onClick={lookAtTheirs}>
            Look at theirs
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">
        Theirs comes in place of yours; Ctrl Z brings yours back. To keep parts of both, copy your
        nodes first, then paste them into theirs.
      </p>
    </Dialog>
  );
}
