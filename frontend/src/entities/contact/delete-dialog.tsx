"use client";

import { toast } from "sonner";
import { isGone, problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Notice } from "@/shared/ui/notice";
import { Skeleton } from "@/shared/ui/states";
import { useOnce } from "@/shared/use-once";
import type { Contact } from "./changes";
import { acceptedBy, useContact, useDelete } from "./requests";
import { texts } from "./texts";

interface DeleteDialogProps {
  campaignId: string;
  seq: number;
  email: string;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Says what the deletion means for the contact's lead, then asks. */
export function DeleteDialog({ campaignId, seq, email, onClose, onDeleted }: DeleteDialogProps) {
  const contact = useContact(campaignId, seq);
  const deletes = useDelete(campaignId, seq);
  const known = isGone(contact.error) ? undefined : contact.data;
  const remove = useOnce(async () => {
    if (known) {
      await deletes.mutateAsync({ revision: known.revision, accepts: acceptedBy(known) });
      toast.success(texts.deleted(isolated(email)));
      onDeleted?.();
      onClose();
    }
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={texts.deleteTitle(isolated(email))}
      actions={
        <>
          <Button onClick={onClose}>{texts.leaveIt}</Button>
          <Button kind="danger" isBusy={deletes.isPending} disabled={!known} onClick={remove}>
            {texts.deleteVerb}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2 text-ink-soft">
        {known ? (
          <>
            <p>{meaning(known)}</p>
            <p>{texts.deleteForGood}</p>
          </>
        ) : isGone(contact.error) ? (
          <p>{texts.isGone}</p>
        ) : contact.error ? (
          <Notice hue="failed">{problemText(contact.error)}</Notice>
        ) : (
          <Skeleton lines={2} />
        )}
        {deletes.error ? <Notice hue="failed">{problemText(deletes.error)}</Notice> : null}
      </div>
    </Dialog>
  );
}

function meaning({ lead }: Contact): string {
  if (lead === null) {
    return texts.deleteBefore;
  }
  if (lead.is_under_way) {
    return texts.deleteUnderWay;
  }
  return lead.status === "failed" ? texts.deleteFailed : texts.deleteAfter;
}
