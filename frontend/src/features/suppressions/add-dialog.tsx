"use client";

import { type FormEvent, useId, useState } from "react";
import { toast } from "sonner";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { useOnce } from "@/shared/use-once";
import { useAdd } from "./requests";
import { texts } from "./texts";

const SOURCE_CHARS_MAX = 300;

/** Asks for one address. */
export function AddDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [source, setSource] = useState("");
  const adds = useAdd();
  const form = useId();
  const add = useOnce(async () => {
    const stored = await adds.mutateAsync({ email, source });
    toast.success(texts.isSuppressed(isolated(stored.email)));
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={texts.addAddress}
      about={texts.addAbout}
      actions={
        <>
          <Button onClick={onClose}>{texts.notNow}</Button>
          <Button
            kind="primary"
            type="submit"
            form={form}
            isBusy={adds.isPending}
            disabled={email.trim() === ""}
          >
            {texts.suppress}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4 pb-2">
        <Field label={texts.address} error={adds.error && problemText(adds.error, "email")}>
          {(control) => (
            <input
              {...control}
              value={email}
              inputMode="email"
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => {
                setEmail(event.target.value);
                adds.reset();
              }}
              className={CONTROL_LINE}
            />
          )}
        </Field>
        <Field label={texts.whyOptional}>
          {(control) => (
            <input
              {...control}
              value={source}
              maxLength={SOURCE_CHARS_MAX}
              onChange={(event) => setSource(event.target.value)}
              className={CONTROL_LINE}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
