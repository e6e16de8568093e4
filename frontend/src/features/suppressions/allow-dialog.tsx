"use client";

import { type FormEvent, useId, useState } from "react";
import { toast } from "sonner";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { useOnce } from "@/shared/use-once";
import { lookOf } from "./reasons";
import { type Suppression, useRemove } from "./requests";
import { texts } from "./texts";

const REASON_CHARS_MAX = 300;

interface AllowDialogProps {
  suppression: Suppression;
  onClose: () => void;
}

/** Asks why an address is allowed again. */
export function AllowDialog({ suppression: { email, reason: was }, onClose }: AllowDialogProps) {
  const [reason, setReason] = useState("");
  const removes = useRemove();
  const form = useId();
  const remove = useOnce(async () => {
    await removes.mutateAsync({ email, reason: reason.trim() });
    toast.success(texts.isAllowed(isolated(email)));
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={texts.allowTitle(isolated(email))}
      about={lookOf(was).allow}
      actions={
        <>
          <Button onClick={onClose}>{texts.keepIt}</Button>
          <Button
            kind="primary"
            type="submit"
            form={form}
            isBusy={removes.isPending}
            disabled={reason.trim() === ""}
          >
            {texts.allow}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="pb-2">
        <Field
          label={texts.whoOrWhy}
          hint={texts.reasonKept}
          error={removes.error && problemText(removes.error, "reason")}
        >
          {(control) => (
            <input
              {...control}
              value={reason}
              maxLength={REASON_CHARS_MAX}
              onChange={(event) => setReason(event.target.value)}
              className={CONTROL_LINE}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
