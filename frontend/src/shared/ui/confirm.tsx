"use client";

import { type ReactNode, useState } from "react";
import { toast } from "sonner";
import { problemText } from "@/shared/api/problem";
import { texts } from "@/shared/texts";
import { Button } from "./button";
import { Dialog } from "./dialog";

interface ConfirmProps {
  isOpen: boolean;
  onClose: () => void;
  /** Names the thing and the count. */
  title: string;
  children?: ReactNode;
  verb: string;
  /** The label of the button that cancels. */
  stay?: string;
  isDangerous?: boolean;
  onConfirm: () => Promise<unknown>;
}

/** Asks before an action that cannot be undone. If the action fails, it stays open with the
 * message. */
export function Confirm({
  isOpen,
  onClose,
  title,
  children,
  verb,
  stay = texts.keepIt,
  isDangerous,
  onConfirm,
}: ConfirmProps) {
  const [isBusy, setIsBusy] = useState(false);
  const confirm = async () => {
    setIsBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      toast.error(problemText(problem));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={title}
      about={children}
      actions={
        <>
          <Button onClick={onClose}>{stay}</Button>
          <Button kind={isDangerous ? "danger" : "primary"} isBusy={isBusy} onClick={confirm}>
            {verb}
          </Button>
        </>
      }
    />
  );
}
