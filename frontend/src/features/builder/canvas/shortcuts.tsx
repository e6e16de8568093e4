"use client";

import { Dialog } from "@/shared/ui/dialog";
import { texts } from "../texts";

const KEYS: readonly [string, readonly (readonly [string, string])[]][] = [
  [
    texts.keysBuild,
    [
      ["Tab", texts.keyAdd],
      ["Enter", texts.keyOpen],
      ["F2", texts.rename],
      ["D", texts.keySwitch],
      ["Ctrl D", texts.duplicate],
      ["Delete", texts.keyRemove],
      ["Ctrl C, X, V", texts.keyCopy],
      ["Ctrl Z", texts.undo],
      ["Ctrl Shift Z", texts.redo],
    ],
  ],
  [
    texts.keysMove,
    [
      ["Arrows", texts.keyArrows],
      ["Escape", texts.keyEscape],
      ["Ctrl A", texts.chooseAll],
      ["Shift drag", texts.keyFrame],
      ["Space drag", texts.keyPan],
    ],
  ],
  [
    texts.keysSee,
    [
      ["1", texts.keyAll],
      ["+ and -", texts.zoom],
      ["0", texts.keyFullSize],
      ["Ctrl K", texts.keySearch],
      ["?", texts.keyHelp],
    ],
  ],
];

export function Shortcuts({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={texts.shortcuts} isWide>
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
