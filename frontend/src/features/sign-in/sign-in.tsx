"use client";

import { type FormEvent, useCallback, useEffect, useState } from "react";
import { TokenField } from "@/entities/session/token-field";
import { signIn as openSession, tokenOf } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { Button } from "@/shared/ui/button";
import { Logo } from "@/shared/ui/logo";
import { texts } from "./texts";

/** Where to go afterwards: a page of ours, or home. */
export function destination(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  return /^\/app(\/[^/\\]|\?|$)/.test(next) ? next : "/app";
}

export function SignIn() {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  const signIn = useCallback(async (given: string) => {
    setIsBusy(true);
    setError(null);
    try {
      await openSession(given);
      window.location.replace(destination(window.location.search));
    } catch (problem) {
      setError(problemText(problem));
      setIsBusy(false);
    }
  }, []);

  useEffect(() => {
    const signInByLink = () => {
      const given = tokenOf(window.location.hash);
      if (given) {
        window.history.replaceState(null, "", window.location.pathname + window.location.search);
        void signIn(given);
      }
    };
    signInByLink();
    // The link may also be opened in a tab that already shows this page.
    window.addEventListener("hashchange", signInByLink);
    return () => window.removeEventListener("hashchange", signInByLink);
  }, [signIn]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn(token);
  };

  return (
    <main className="flex min-h-full items-center justify-center p-6">
      <form onSubmit={submit} className="flex w-full max-w-sm flex-col gap-5">
        <div>
          <span className="mb-4 block">
            <Logo size={28} />
          </span>
          <h1 className="font-semibold text-page leading-8">{texts.title}</h1>
          <p className="mt-1 text-ink-soft">
            {texts.tokenFrom} <code className="font-mono text-dense">make run</code>{" "}
            {texts.tokenPrinted} <code className="font-mono text-dense">API_TOKENS</code>.
          </p>
        </div>
        <TokenField label={texts.apiToken} error={error} value={token} onChange={setToken} />
        <Button kind="primary" type="submit" isBusy={isBusy} disabled={!token.trim()}>
          {texts.signIn}
        </Button>
      </form>
    </main>
  );
}
