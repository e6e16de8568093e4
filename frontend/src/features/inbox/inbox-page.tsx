"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Search, Trash2 } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { Suspense, useMemo, useState } from "react";
import { toast } from "sonner";
import { isUnreached, problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { count, countOf } from "@/shared/numbers";
import { useOffer } from "@/shared/shell/page-actions";
import { PageHeader } from "@/shared/shell/page-header";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/confirm";
import { CONTROL_LINE } from "@/shared/ui/field";
import { Notice } from "@/shared/ui/notice";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { emptyInbox, NoInboxError } from "./inbox-api";
import { MailList } from "./mail-list";
import { MailView } from "./mail-view";
import { useInbox } from "./use-inbox";

export function InboxPage() {
  return (
    <Suspense>
      <Inbox />
    </Suspense>
  );
}

function rewrite(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) {
      query.set(name, value);
    } else {
      query.delete(name);
    }
  }
  const text = query.toString();
  window.history.replaceState(null, "", `${window.location.pathname}${text ? `?${text}` : ""}`);
}

function Inbox() {
  const params = useSearchParams();
  const recipient = params.get("to") ?? "";
  const openId = Number(params.get("mail")) || null;
  const { query, mails, total } = useInbox(recipient);
  const [isEmptying, setIsEmptying] = useState(false);
  const canEmpty = total > 0;
  const offered = useMemo(
    () => (canEmpty ? [{ name: "Empty the inbox …", act: () => setIsEmptying(true) }] : []),
    [canEmpty],
  );
  useOffer(offered);
  if (query.error instanceof NoInboxError) {
    return (
      <>
        <PageHeader title="Inbox" />
        <NoInbox />
      </>
    );
  }
  return (
    <>
      <PageHeader
        title="Inbox"
        status={
          query.data ? (
            <span className="text-ink-soft tabular-nums">{countOf(total, "mail")}</span>
          ) : null
        }
        actions={
          canEmpty ? (
            <Button onClick={() => setIsEmptying(true)}>
              <Trash2 size={16} aria-hidden /> Empty the inbox
            </Button>
          ) : null
        }
      />
      <div className="flex min-h-0 flex-1">
        <section aria-label="Received" className="flex w-96 shrink-0 flex-col border-line border-r">
          <Recipient key={recipient === "" ? "none" : "some"} recipient={recipient} />
          <div className="min-h-0 flex-1 overflow-y-auto">{list()}</div>
        </section>
        <section aria-label="Mail" className="flex min-w-0 flex-1 flex-col">
          {openId ? (
            <MailView key={openId} id={openId} />
          ) : mails.length > 0 ? (
            <Empty title="No mail is open">
              Open one to read it as its recipient would. Links in it work: the lead moves on when
              you click.
            </Empty>
          ) : null}
        </section>
      </div>
      <EmptyInbox total={total} isOpen={isEmptying} onClose={() => setIsEmptying(false)} />
    </>
  );

  function list() {
    if (!query.data) {
      return query.error ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <div className="px-5">
          <Skeleton lines={8} />
        </div>
      );
    }
    if (mails.length === 0) {
      return recipient ? (
        <Empty title="No mail to this address">
          {total > 0 ? `${countOf(total, "mail")} went to others.` : "None has come at all yet."}
        </Empty>
      ) : (
        <Empty title="No mail yet">
          Whatever a campaign sends arrives here, and goes nowhere else.
        </Empty>
      );
    }
    return (
      <>
        {query.error && !isUnreached(query.error) ? (
          <div className="p-3">
            <Notice hue="failed">{problemText(query.error)}</Notice>
          </div>
        ) : null}
        <MailList mails={mails} openId={openId} onOpen={(id) => rewrite({ mail: String(id) })} />
        {query.hasNextPage ? (
          <div className="p-3 text-center">
            <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older mails
            </Button>
          </div>
        ) : null}
      </>
    );
  }
}

function Recipient({ recipient }: { recipient: string }) {
  const [typed, setTyped] = useState(recipient);
  const filter = (wanted: string) => {
    if (wanted !== recipient) {
      rewrite({ to: wanted });
    }
  };
  return (
    <form
      className="relative border-line border-b p-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        filter(typed.trim());
      }}
    >
      <Search
        size={16}
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-5 text-ink-faint"
      />
      <input
        type="search"
        aria-label="Recipient"
        placeholder="Recipient’s whole address, then Enter"
        maxLength={320}
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === "") {
            filter("");
          }
        }}
        className={classNames(CONTROL_LINE, "pl-8!")}
      />
    </form>
  );
}

interface EmptyInboxProps {
  total: number;
  isOpen: boolean;
  onClose: () => void;
}

function EmptyInbox({ total, isOpen, onClose }: EmptyInboxProps) {
  const queries = useQueryClient();
  const empty = async () => {
    const deleted = await emptyInbox();
    rewrite({ mail: null });
    await queries.resetQueries({ queryKey: ["inbox"] });
    toast.success(`${countOf(deleted, "mail")} deleted`);
  };
  return (
    <Confirm
      isOpen={isOpen}
      onClose={onClose}
      title={`Delete ${total === 1 ? "this mail" : `all ${count(total)} mails`}?`}
      verb="Empty the inbox"
      stay={total === 1 ? "Keep it" : "Keep them"}
      isDangerous
      onConfirm={empty}
    >
      They are gone for good. Leads and campaigns stay as they are.
    </Confirm>
  );
}

function NoInbox() {
  return (
    <Empty title="This system has no inbox of its own">
      <p>
        The inbox is for trying out: with <code className="font-mono">make run</code> every mail
        lands here instead of in the world, and you can read it as its recipient.
      </p>
      <p className="mt-2">
        With Docker Compose, it is there with the profile <code className="font-mono">inbox</code>.
      </p>
    </Empty>
  );
}
