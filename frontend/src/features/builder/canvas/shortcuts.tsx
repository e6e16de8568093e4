"use client";

import { Dialog } from "@/shared/ui/dialog";

const KEYS: readonly [string, readonly (readonly [string, string])[]][] = [
  [
    "Build",
    [
      ["Tab", "Add after the chosen node; again for another branch"],
      ["Enter", "Open its settings"],
      ["F2", "Rename"],
      ["D", "Switch e-mails and waits off or on; off, leads pass them by"],
      ["Ctrl D", "Duplicate"],
      ["Delete", "Take out; what came before leads on to what follows"],
      ["Ctrl C, X, V", "Copy, cut, paste, also into another campaign"],
      ["Ctrl Z", "Undo"],
      ["Ctrl Shift Z", "Redo"],
    ],
  ],
  [
    "Move",
    [
      ["Arrows", "Along the flow"],
      ["Escape", "Choose nothing; Tab then leaves the canvas"],
      ["Ctrl A", "Choose all"],
      ["Shift drag", "Choose what lies in a frame"],
      ["Space drag", "Move the canvas"],
    ],
  ],
  [
    "See",
    [
      ["1", "All of the flow"],
      ["+ and -", "Zoom"],
      ["0", "Full size"],
      ["Ctrl K", "Search or go to"],
      ["?", "These shortcuts"],
    ],
  ],
];

export function Shortcuts({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Shortcuts" isWide>
      <div className="grid gap-x-10 gap-y-4 pb-6 sm:grid-cols-2">
        {KEYS.map(([title, keys]) => (
          <section key={title}>
            <h3 className="mb-1.5 text-caption text-ink-faint">{title}</h3>
            <dl className="flex flex-col gap-1.5">
              {keys.map(([key, action]) => (
                <div key={key} className="flex gap-3 text-dense">
                  <dt className="w-24 shrink-0">
                    <kbd className="rounded-control bg-sunken px-1.5 py-0.5 font-sans text-caption">
                      {key}
                    </kbd>
                  </dt>
                  <dd className="text-ink-soft">{action}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
