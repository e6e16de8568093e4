"use client";

import { type FormEvent, useId, useState } from "react";
import { toast } from "sonner";
import { isGone, problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { Notice } from "@/shared/ui/notice";
import { Failure, Skeleton } from "@/shared/ui/states";
import { useOnce } from "@/shared/use-once";
import { type Contact, changesOf, type Typed, written } from "./changes";
import { acceptedBy, useChange, useContact } from "./requests";
import { texts } from "./texts";

interface ChangeDialogProps {
  campaignId: string;
  seq: number;
  email: string;
  onClose: () => void;
}

/** The form of one contact; what a change means for its lead is said before. */
export function ChangeDialog({ campaignId, seq, email, onClose }: ChangeDialogProps) {
  const contact = useContact(campaignId, seq);
  return contact.data && !isGone(contact.error) ? (
    <Form campaignId={campaignId} contact={contact.data} onClose={onClose} />
  ) : (
    <Dialog isOpen onClose={onClose} title={texts.changeTitle(isolated(email))}>
      {isGone(contact.error) ? (
        <p className="pb-4">{texts.isGone}</p>
      ) : contact.error ? (
        <Failure error={contact.error} onRetry={() => void contact.refetch()} />
      ) : (
        <Skeleton lines={4} />
      )}
    </Dialog>
  );
}

interface FormProps {
  campaignId: string;
  contact: Contact;
  onClose: () => void;
}

function Form({ campaignId, contact, onClose }: FormProps) {
  const [email, setEmail] = useState<string | null>(null);
  const [typed, setTyped] = useState<Typed>({});
  const [added, setAdded] = useState({ name: "", value: "" });
  const changes = useChange(campaignId, contact.seq);
  const form = useId();
  const name = added.name.trim();
  const attributes = changesOf(
    contact.attributes,
    name ? { ...typed, [name]: added.value } : typed,
  );
  const address = email !== null && email !== contact.email ? email : null;
  const isChanged = address !== null || Object.keys(attributes).length > 0;
  const isUnderWay = contact.lead?.is_under_way ?? false;
  const change = useOnce(async () => {
    const changed = await changes.mutateAsync({
      revision: contact.revision,
      email: address,
      attributes,
      accepts: acceptedBy(contact),
    });
    toast.success(texts.changed(isolated(changed.email)));
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={texts.changeTitle(isolated(contact.email))}
      actions={
        <>
          <Button onClick={onClose}>{texts.leaveIt}</Button>
          <Button
            kind="primary"
            type="submit"
            form={form}
            isBusy={changes.isPending}
            disabled={!isChanged}
          >
            {isUnderWay ? texts.changeAllTheSame : texts.changeVerb}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4 pb-2">
        {isUnderWay ? <Notice hue="waiting">{texts.changeUnderWay}</Notice> : null}
        {changes.error ? <Notice hue="failed">{problemText(changes.error)}</Notice> : null}
        <Field label={texts.address} hint={contact.lead ? texts.addressStays : undefined}>
          {(control) => (
            <input
              {...control}
              value={email ?? contact.email}
              disabled={contact.lead !== null}
              inputMode="email"
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setEmail(event.target.value)}
              className={CONTROL_LINE}
            />
          )}
        </Field>
        {Object.entries(contact.attributes).map(([attribute, value]) => (
          <Field key={attribute} label={attribute}>
            {(control) => (
              <input
                {...control}
                dir="auto"
                value={typed[attribute] ?? written(value)}
                autoComplete="off"
                onChange={(event) =>
                  setTyped((was) => ({ ...was, [attribute]: event.target.value }))
                }
                className={CONTROL_LINE}
              />
            )}
          </Field>
        ))}
        <div className="grid grid-cols-2 gap-3">
          {(["name", "value"] as const).map((part) => (
            <Field key={part} label={part === "name" ? texts.newName : texts.newValue}>
              {(control) => (
                <input
                  {...control}
                  dir="auto"
                  value={added[part]}
                  autoComplete="off"
                  onChange={(event) => setAdded((was) => ({ ...was, [part]: event.target.value }))}
                  className={CONTROL_LINE}
                />
              )}
            </Field>
          ))}
        </div>
        <p className="text-caption text-ink-faint">{texts.cleared}</p>
      </form>
    </Dialog>
  );
}
