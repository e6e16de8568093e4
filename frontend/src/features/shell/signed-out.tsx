"use client";

import { LogOut } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { TokenField } from "@/entities/session/token-field";
import { signIn } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { useReach } from "@/shared/api/reach";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { texts } from "./texts";

/** The session ended while a page was open: the user signs in over it and keeps unfinished work. */
export function SignedOut() {
  const isSignedOut = useReach((it) => it.isSignedOut);
  return isSignedOut ? <Ended /> : null;
}

function Ended() {
  const [isPutOff, setIsPutOff] = useState(false);
  return (
    <>
      <p className="flex items-center gap-2 bg-failed-soft px-4 py-1 text-dense text-failed sm:px-8">
        <LogOut size={14} aria-hidden className="shrink-0" />
        {texts.signedOutNote}
        <button
          type="button"
          className="font-medium underline underline-offset-2"
          onClick={() => setIsPutOff(false)}
        >
          {texts.signIn}
        </button>
      </p>
      {isPutOff ? null : <Again onPutOff={() => setIsPutOff(true)} />}
    </>
  );
}

function Again({ onPutOff }: { onPutOff: () => void }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const form = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      // This component then disappears, because the client reports a valid session.
      await signIn(token);
    } catch (problem) {
      setError(problemText(problem));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onPutOff}
      title={texts.signedOut}
      about={texts.signedOutAbout}
      actions={
        <>
          <Button onClick={onPutOff}>{texts.notNow}</Button>
          <Button kind="primary" type="submit" form={form} isBusy={isBusy} disabled={!token.trim()}>
            {texts.signIn}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={(event) => void submit(event)} className="pb-2">
        <TokenField label={texts.tokenOrLink} error={error} value={token} onChange={setToken} />
      </form>
    </Dialog>
  );
}
