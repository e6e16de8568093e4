/** Switching nodes off and on: what buttons, keys and the palette share. */

import { toast } from "sonner";
import { useEditor } from "./context";
import { switching } from "./model/commands";
import type { EditorStore } from "./store";
import { texts } from "./texts";

/** Says why where nothing of what is chosen can be switched. */
export function toggleChosen(editor: EditorStore): void {
  const { isReadOnly, selection, toggleSelected } = editor.getState();
  if (!isReadOnly && selection.size > 0 && !toggleSelected()) {
    toast(texts.onlySome);
  }
}

/** What a button for the chosen nodes says; null where they have no switch. */
export function useSwitchLabel(): string | null {
  const to = useEditor((it) => switching(it.history.present, it.selection));
  return to && (to === "off" ? texts.switchOff : texts.switchOn);
}
