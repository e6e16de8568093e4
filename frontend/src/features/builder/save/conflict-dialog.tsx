"use client";

import { useState } from "react";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { useEditor, useSaver, useWorkbench } from "../context";
import { toCanvas } from "../model/codec";
import { texts } from "../texts";
import type { Kept } from "./saver";
import { takeTheirs } from "./take-theirs";

/** Somebody else changed the flow: use theirs, or overwrite it with yours. Nothing is lost
 * before. */
export function ConflictDialog() {
  const save = useSaver((it) => it.save);
  const [isPutOff, setIsPutOff] = useState(false);
  if (save.kind !== "conflict") {
    return null;
  }
  return isPutOff ? (
    <div className="absolute top-3 left-1/2 z-20 flex -translate-x-1/2 items-center gap-3 rounded-card border border-line-strong bg-raised px-3 py-2 text-dense shadow-float">
      {texts.changedByOther}
      <Button onClick={() => setIsPutOff(false)}>{texts.decide}</Button>
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
    takeTheirs(editor, theirs, texts.seeingTheirs);
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
      title={texts.changedTitle}
      about={
        <>
          {texts.theySaved} <Moment at={theirs.campaign.updated_at} />
          {texts.conflict(canvas.nodes.length, mine.nodes.length)}
        </>
      }
      actions={
        <>
          <Button onClick={onPutOff}>{texts.decideLater}</Button>
          <Button kind="danger" isBusy={isBusy} onClick={() => void keepMine()}>
            {texts.overwrite}
          </Button>
          <Button kind="primary" onClick={lookAtTheirs}>
            {texts.lookAtTheirs}
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">{texts.theirsAbout}</p>
    </Dialog>
  );
}
