"use client";

import { type ReactNode, useId, useState } from "react";
import { kindOf } from "@/entities/flow/nodes/registry";
import { plain } from "@/entities/flow/phrase";
import { classNames } from "@/shared/class-names";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { useCanvas, useEditor } from "../context";
import type { CanvasNode } from "../model/canvas";
import type { Branch } from "../model/removal";
import { titleOf } from "../model/titles";
import type { Removal } from "../store";
import { texts } from "../texts";

const SHOWN_MAX = 4;
const NEITHER = "";

/** Asks which branch stays when a condition or split is removed. */
export function RemoveDialog({ removal }: { removal: Removal }) {
  const { node, branches } = removal.question;
  const answer = useEditor((it) => it.answerRemoval);
  const cancel = useEditor((it) => it.cancelRemoval);
  const canvas = useCanvas();
  const name = useId();
  const [chosen, setChosen] = useState(branches[0]?.port ?? NEITHER);
  const lost = branches
    .filter((it) => it.port !== chosen)
    .reduce((sum, it) => sum + it.own.length, 0);
  return (
    <Dialog
      isOpen
      isWide
      onClose={cancel}
      title={texts.removeTitle(plain(titleOf(node, canvas)))}
      about={texts.removeAbout}
      actions={
        <>
          <Button onClick={cancel}>{texts.keepNode}</Button>
          <Button kind="danger" onClick={() => answer(chosen === NEITHER ? null : chosen)}>
            {texts.removeVerb(lost)}
          </Button>
        </>
      }
    >
      <fieldset className="grid gap-2 sm:grid-cols-2">
        <legend className="sr-only">{texts.whichStays}</legend>
        {branches.map((it) => (
          <Choice
            key={it.port}
            name={name}
            isChosen={it.port === chosen}
            onChoose={() => setChosen(it.port)}
            title={texts.keepBranch(it.label)}
          >
            <Steps branch={it} />
          </Choice>
        ))}
        <Choice
          name={name}
          isChosen={chosen === NEITHER}
          onChoose={() => setChosen(NEITHER)}
          title={branches.length > 2 ? texts.keepNone : texts.keepNeither}
        >
          <p className="text-dense text-ink-soft">{texts.keepNeitherAbout}</p>
        </Choice>
      </fieldset>
    </Dialog>
  );
}

function Choice({
  name,
  isChosen,
  onChoose,
  title,
  children,
}: {
  name: string;
  isChosen: boolean;
  onChoose: () => void;
  title: string;
  children: ReactNode;
}) {
  return (
    <label
      className={classNames(
        "flex cursor-pointer gap-2.5 rounded-card border p-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
        isChosen ? "border-accent bg-accent-soft" : "border-line-strong hover:bg-sunken",
      )}
    >
      <input
        type="radio"
        name={name}
        checked={isChosen}
        onChange={onChoose}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <span className="flex min-w-0 flex-1 flex-col gap-1.5">
        <span className="font-medium">{title}</span>
        {children}
      </span>
    </label>
  );
}

/** What only this branch leads to, and where it goes on. */
function Steps({ branch: { own, to } }: { branch: Branch }) {
  return (
    <span className="flex flex-col gap-1 text-dense text-ink-soft">
      {own.slice(0, SHOWN_MAX).map((it) => (
        <Step key={it.id} node={it} />
      ))}
      {own.length > SHOWN_MAX ? <span>{texts.andMore(own.length - SHOWN_MAX)}</span> : null}
      {own.length === 0 ? (
        <>
          <span>{texts.goesTo}</span>
          <Step node={to} />
        </>
      ) : null}
    </span>
  );
}

function Step({ node }: { node: CanvasNode }) {
  const canvas = useCanvas();
  const kind = kindOf(node.type);
  const Icon = kind.icon;
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Icon size={14} aria-hidden className="shrink-0" style={{ color: kind.hue }} />
      <span className="truncate">{plain(titleOf(node, canvas))}</span>
    </span>
  );
}
