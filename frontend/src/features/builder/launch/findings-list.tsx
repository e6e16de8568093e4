"use client";

import { CircleCheck, TriangleAlert } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef, useState } from "react";
import { plain } from "@/entities/flow/phrase";
import { classNames } from "@/shared/class-names";
import { Button } from "@/shared/ui/button";
import { useCanvas, useEditor, useSaver } from "../context";
import { nodeOf } from "../model/canvas";
import { titleOf } from "../model/titles";
import type { Finding } from "../save/saver";
import { texts } from "../texts";

export function useProblems(): { errors: readonly Finding[]; warnings: readonly Finding[] } {
  const findings = useSaver((it) => it.findings);
  return {
    errors: findings.filter((it) => it.severity === "error"),
    warnings: findings.filter((it) => it.severity === "warning"),
  };
}

/** "3 problems": each leads to its node. */
export function FindingsButton() {
  const { errors, warnings } = useProblems();
  const [isOpen, setIsOpen] = useState(false);
  const { choose, onCloseAutoFocus } = useGoingThere();
  if (errors.length + warnings.length === 0) {
    return (
      <span className="flex items-center gap-1.5 whitespace-nowrap text-caption text-ink-faint">
        <CircleCheck size={14} aria-hidden className="text-sent" /> {texts.noProblems}
      </span>
    );
  }
  const summary =
    errors.length > 0 ? texts.problems(errors.length) : texts.warningCount(warnings.length);
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <Button kind="quiet">
          <TriangleAlert
            size={16}
            aria-hidden
            className={errors.length > 0 ? "text-failed" : "text-waiting"}
          />
          {summary}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          aria-label={texts.problemsLabel}
          onCloseAutoFocus={onCloseAutoFocus}
          className="z-40 max-h-[70vh] w-96 animate-appear overflow-y-auto rounded-card border border-line-strong bg-raised p-1 shadow-float"
        >
          <Findings
            findings={[...errors, ...warnings]}
            onGo={(id) => {
              choose(id);
              setIsOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** After closing, the popover gives the focus to the selected node, not to its button. */
export function useGoingThere() {
  const goTo = useEditor((it) => it.goTo);
  const chosen = useRef<string | null>(null);
  return {
    choose: (id: string) => {
      chosen.current = id;
    },
    onCloseAutoFocus: (event: Event) => {
      if (chosen.current !== null) {
        event.preventDefault();
        goTo(chosen.current);
        chosen.current = null;
      }
    },
  };
}

interface FindingsProps {
  findings: readonly Finding[];
  /** Called with the id of a node that has a problem. */
  onGo: (id: string) => void;
}

export function Findings({ findings, onGo }: FindingsProps) {
  const canvas = useCanvas();
  return (
    <ul>
      {findings.map((it) => {
        const node = it.node_id === null ? undefined : nodeOf(canvas, it.node_id);
        const isError = it.severity === "error";
        return (
          <li key={`${it.code} ${it.node_id} ${it.field} ${it.message}`}>
            <button
              type="button"
              disabled={!node}
              onClick={() => node && onGo(node.id)}
              className="flex w-full cursor-pointer gap-2.5 rounded-control px-3 py-2 text-left text-dense enabled:hover:bg-sunken disabled:cursor-default"
            >
              <span
                aria-hidden
                className={classNames(
                  "mt-1.5 size-2 shrink-0",
                  isError ? "rotate-45 bg-failed" : "rounded-full bg-waiting",
                )}
              />
              <span className="min-w-0">
                <span className="sr-only">{isError ? texts.problem : texts.warning}</span>
                {it.message}
                {node ? (
                  <span className="block truncate text-caption text-ink-faint">
                    {plain(titleOf(node, canvas))}
                  </span>
                ) : null}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
