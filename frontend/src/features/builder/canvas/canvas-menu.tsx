"use client";

import { useReactFlow } from "@xyflow/react";
import {
  CopyPlus,
  Maximize,
  PencilLine,
  Plus,
  Power,
  SlidersHorizontal,
  StickyNote,
  TextSelect,
  Trash2,
  Workflow,
} from "lucide-react";
import { MenuAt, type MenuItem } from "@/shared/ui/menu";
import { useCanvas, useEditor, useWorkbench } from "../context";
import { edgeAt, edgeId, nodeOf } from "../model/canvas";
import { portsOf } from "../model/titles";
import { toggleChosen, useSwitchLabel } from "../switch";
import { texts } from "../texts";
import type { Opened } from "./use-canvas-menu";
import { FIT } from "./view";

export function CanvasMenu({
  opened,
  onClose,
  onInspect,
}: {
  opened: Opened;
  onClose: () => void;
  onInspect: () => void;
}) {
  const selected = useSelectedItems(opened, onInspect);
  const edge = useEdgeItems(opened);
  const canvas = useCanvasItems(opened);
  const items = { selection: selected, edge, canvas }[opened.on];
  return <MenuAt at={opened.at} label={texts.menu} items={items} onClose={onClose} />;
}

const ICON = { size: 16, "aria-hidden": true } as const;

function useSelectedItems({ at }: Opened, onInspect: () => void): (MenuItem | null)[] {
  const { editor } = useWorkbench();
  const canvas = useCanvas();
  const selection = useEditor((it) => it.selection);
  const switchLabel = useSwitchLabel();
  const { duplicate, removeSelected, setRenaming, openPicker } = editor.getState();
  const [only] = selection;
  const node = selection.size === 1 && only !== undefined ? nodeOf(canvas, only) : undefined;
  const ports = node ? portsOf(node) : [];
  const port = ports.find((it) => node && !edgeAt(canvas, node.id, it)) ?? ports[0];
  const items: (MenuItem | null)[] = [];
  if (node) {
    items.push(
      {
        label: texts.openSettings,
        keys: "Enter",
        icon: <SlidersHorizontal {...ICON} />,
        onSelect: onInspect,
      },
      {
        label: texts.rename,
        keys: "F2",
        icon: <PencilLine {...ICON} />,
        onSelect: () => setRenaming(true),
      },
    );
    if (port !== undefined) {
      items.push({
        label: texts.addAfterThis,
        keys: "Tab",
        icon: <Plus {...ICON} />,
        onSelect: () => openPicker({ from: node.id, port, at }),
      });
    }
    items.push(null);
  }
  items.push({
    label: texts.duplicate,
    keys: "Ctrl D",
    icon: <CopyPlus {...ICON} />,
    onSelect: duplicate,
  });
  if (switchLabel) {
    items.push({
      label: switchLabel,
      keys: "D",
      icon: <Power {...ICON} />,
      onSelect: () => toggleChosen(editor),
    });
  }
  if (node?.type !== "start") {
    items.push(null, {
      label: texts.remove,
      keys: "Delete",
      icon: <Trash2 {...ICON} />,
      isDangerous: true,
      onSelect: removeSelected,
    });
  }
  return items;
}

function useEdgeItems({ at, id }: Opened): (MenuItem | null)[] {
  const canvas = useCanvas();
  const openPicker = useEditor((it) => it.openPicker);
  const removeSelected = useEditor((it) => it.removeSelected);
  const edge = canvas.edges.find((it) => edgeId(it) === id);
  return edge
    ? [
        {
          label: texts.insertHere,
          icon: <Plus {...ICON} />,
          onSelect: () => openPicker({ from: edge.from, port: edge.port, at }),
        },
        null,
        {
          label: texts.removeConnection,
          keys: "Delete",
          icon: <Trash2 {...ICON} />,
          isDangerous: true,
          onSelect: removeSelected,
        },
      ]
    : [];
}

function useCanvasItems({ at }: Opened): (MenuItem | null)[] {
  const { screenToFlowPosition, fitView } = useReactFlow();
  const addNote = useEditor((it) => it.addNote);
  const selectAll = useEditor((it) => it.selectAll);
  const tidy = useEditor((it) => it.tidy);
  const isByHand = useEditor((it) => it.history.present.nodes.some((node) => node.position));
  return [
    {
      label: texts.addNoteHere,
      icon: <StickyNote {...ICON} />,
      onSelect: () => addNote(screenToFlowPosition(at)),
    },
    null,
    {
      label: texts.chooseAll,
      keys: "Ctrl A",
      icon: <TextSelect {...ICON} />,
      onSelect: selectAll,
    },
    {
      label: texts.tidyUp,
      icon: <Workflow {...ICON} />,
      isDisabled: !isByHand,
      onSelect: tidy,
    },
    {
      label: texts.fit,
      keys: "1",
      icon: <Maximize {...ICON} />,
      onSelect: () => void fitView(FIT),
    },
  ];
}
