/** Switching nodes off and on: what buttons, keys and the palette share. */
import { toast } from "sonner";
import { useEditor } from "./context";
import { switching } from "./model/commands";
import type { EditorStore } from "./store";

/** Says why where nothing of what is chosen can be switched. */
export function toggleChosen(editor: EditorStore): void {
  const { isReadOnly, selection, toggleSelected } = editor.getState();
  if (!isReadOnly && selection.size > 0 && !toggleSelected()) {
    toast("Only e-mails and waits can be switched off");
  }
}

/** What a button for the chosen nodes says; null where they have no switch. */
export function useSwitchLabel(): "Switch off" | "Switch on" | null {
  const to = useEditor((it) => switching(it.history.present, it.selection));
  return to && (to === "off" ? "Switch off" : "Switch on");
}
