/** Switching nodes off and on, for buttons, keys and the palette. */

import { toast } from "sonner";
import { useEditor } from "./context";
import { switching } from "./model/commands";
import type { EditorStore } from "./store";
import { texts } from "./texts";

/** Says why if no selected node can be switched. */
export function toggleChosen(editor: EditorStore): void {
  const { isReadOnly, selection, toggleSelected } = editor.getState();
  if (!isReadOnly && selection.size > 0 && !toggleSelected()) {
    toast(texts.onlySome);
  }
}

/** The label of the button for the selected nodes; null if they have no switch. */
export function useSwitchLabel(): string | null {
  const to = useEditor((it) => switching(it.history.present, it.selection));
  return to && (to === "off" ? texts.switchOff : texts.switchOn);
}
