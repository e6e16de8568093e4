"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Search, Trash2 } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { Suspense, useMemo, useState } from "react";
import { toast } from "sonner";
import { isUnreached, problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
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
import { texts } from "./texts";
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
    () => (canEmpty ? [{ name: texts.emptyMenu, act: () => setIsEmptying(true) }] : []),
    [canEmpty],
  );
  useOffer(offered);
  if (query.error instanceof NoInboxError) {
    return (
      <>
        <PageHeader title={texts.inbox} />
        <NoInbox />
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={texts.inbox}
        status={query.data ? <span className="text-ink-soft">{texts.mailCount(total)}</span> : null}
        actions={
          canEmpty ? (
            <Button onClick={() => setIsEmptying(true)}>
              <Trash2 size={16} aria-hidden /> {texts.emptyVerb}
            </Button>
          ) : null
        }
      />
      <div className="flex min-h-0 flex-1">
        <section
          aria-label={texts.received}
          className="flex w-96 max-w-full shrink-0 flex-col border-line border-r"
        >
          <Recipient key={recipient === "" ? "none" : "some"} recipient={recipient} />
          <div className="min-h-0 flex-1 overflow-y-auto">{list()}</div>
        </section>
        <section aria-label={texts.mail} className="flex min-w-0 flex-1 flex-col">
          {openId ? (
            <MailView key={openId} id={openId} />
          ) : mails.length > 0 ? (
            <Empty title={texts.noneOpen}>{texts.openOne}</Empty>
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
        <Empty title={texts.noneToAddress}>
          {total > 0 ? texts.forOthers(total) : texts.noneAtAll}
        </Empty>
      ) : (
        <Empty title={texts.noneYet}>{texts.noneYetAbout}</Empty>
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
              {texts.showOlder}
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
        aria-label={texts.recipient}
        placeholder={texts.recipientHint}
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
    toast.success(texts.deleted(deleted));
  };
  return (
    <Confirm
      isOpen={isOpen}
      onClose={onClose}
      title={texts.deleteTitle(total)}
      verb={texts.emptyVerb}
      stay={total === 1 ? texts.keepIt : texts.keepThem}
      isDangerous
      onConfirm={empty}
    >
      {texts.deleteAbout}
    </Confirm>
  );
}

function NoInbox() {
  return (
    <Empty title={texts.noInbox}>
      <p>
        {texts.inboxIsFor} <code className="font-mono">make run</code> {texts.everyMail}
      </p>
      <p className="mt-2">
        {texts.withCompose} <code className="font-mono">inbox</code>.
      </p>
    </Empty>
  );
}
