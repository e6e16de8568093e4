"use client";

import { Redo2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { RetryDialog } from "./retry-dialog";
import { texts } from "./texts";

const STATUSES = new Set(["running", "paused", "waiting", "completed"]);

interface RetryFailedProps {
  campaignId: string;
  /** Of the campaign. The API refuses in others. */
  status: string;
  /** How many leads have failed; at `node`, if it is given and known. */
  leads: number;
  node?: string | null;
  nodeOf: (id: string) => string;
}

/** Opens the dialog; nothing while no lead has failed. */
export function RetryFailed({ campaignId, status, leads, node = null, nodeOf }: RetryFailedProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (!isOpen && (leads === 0 || !STATUSES.has(status))) {
    return null;
  }
  return (
    <>
      <Button kind="quiet" onClick={() => setIsOpen(true)}>
        <Redo2 size={16} aria-hidden />
        {node ? texts.openAtNode : texts.open(leads)}
      </Button>
      {isOpen ? (
        <RetryDialog
          campaignId={campaignId}
          status={status}
          node={node}
          nodeOf={nodeOf}
          onClose={() => setIsOpen(false)}
        />
      ) : null}
    </>
  );
}
