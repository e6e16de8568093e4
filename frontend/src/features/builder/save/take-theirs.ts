import { toast } from "sonner";
import { toCanvas } from "../model/codec";
import type { EditorStore } from "../store";
import { texts } from "../texts";
import type { Kept } from "./saver";

/** Shows another person's flow instead of ours: as an ordinary step, so that an undo brings ours
 * back. */
export function takeTheirs(editor: EditorStore, theirs: Kept, message: string): void {
  const { change, undo } = editor.getState();
  change(toCanvas(theirs.draft).canvas);
  toast.success(message, { action: { label: texts.bringMineBack, onClick: undo } });
}
