"use client";

import { useState } from "react";
import { toast } from "sonner";
import { classNames } from "@/shared/class-names";
import { PageHeader } from "@/shared/shell/page-header";
import { Moment } from "@/shared/time/moment";
import { Button } from "@/shared/ui/button";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Confirm } from "@/shared/ui/confirm";
import { PageBody } from "@/shared/ui/page-body";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Status } from "@/shared/ui/status";
import { browserName } from "./browser-name";
import { type Session, useRevoke, useRevokeOthers, useSessions } from "./requests";
import { texts } from "./texts";

/** The browsers that are signed in, each of which can be signed out. */
export function Sessions() {
  const listed = useSessions();
  const [revoked, setRevoked] = useState<Session | null>(null);
  const [isOfOthers, setIsOfOthers] = useState(false);
  const revokes = useRevoke();
  const revokesOthers = useRevokeOthers();
  const found = listed.data ?? [];
  const others = found.filter((it) => !it.is_current).length;
  return (
    <>
      <PageHeader
        title={texts.sessions}
        actions={
          others > 0 ? (
            <Button onClick={() => setIsOfOthers(true)}>{texts.signOutOthers}</Button>
          ) : null
        }
      />
      <PageBody label={texts.sessions}>
        {listed.isPending ? (
          <div className="px-4 sm:px-8">
            <Skeleton lines={6} />
          </div>
        ) : listed.isError && found.length === 0 ? (
          <Failure error={listed.error} onRetry={() => void listed.refetch()} />
        ) : found.length === 0 ? (
          <Empty title={texts.none}>{texts.noneAbout}</Empty>
        ) : (
          <>
            <p className="max-w-prose px-4 py-4 text-ink-soft sm:px-8">{texts.about}</p>
            <SessionTable sessions={found} onRevoke={setRevoked} />
          </>
        )}
      </PageBody>
      {revoked ? (
        <Confirm
          isOpen
          onClose={() => setRevoked(null)}
          title={texts.signOutTitle(browserName(revoked.user_agent))}
          verb={texts.signOut}
          isDangerous
          onConfirm={async () => {
            await revokes.mutateAsync(revoked.session_id);
            toast.success(texts.signedOut(1));
          }}
        >
          {texts.signOutAbout(revoked.address)}
        </Confirm>
      ) : null}
      <Confirm
        isOpen={isOfOthers}
        onClose={() => setIsOfOthers(false)}
        title={texts.othersTitle(others)}
        verb={texts.signOut}
        isDangerous
        onConfirm={async () => {
          const done = await revokesOthers.mutateAsync(undefined);
          toast.success(texts.signedOut(done.revoked));
        }}
      >
        {texts.othersAbout}
      </Confirm>
    </>
  );
}

interface SessionTableProps {
  sessions: Session[];
  onRevoke: (session: Session) => void;
}

function SessionTable({ sessions, onRevoke }: SessionTableProps) {
  return (
    <table className={classNames(TABLE, "border-line border-t")}>
      <thead>
        <tr>
          <th className={HEAD}>{texts.browser}</th>
          <th className={classNames(HEAD, "hidden md:table-cell")}>{texts.token}</th>
          <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.address}</th>
          <th className={classNames(HEAD, "hidden lg:table-cell")}>{texts.since}</th>
          <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.seen}</th>
          <th className={classNames(HEAD, "w-8")}>
            <span className="sr-only">{texts.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((it) => (
          <Row key={it.session_id} session={it} onRevoke={() => onRevoke(it)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ session, onRevoke }: { session: Session; onRevoke: () => void }) {
  const { token_name, address, user_agent, created_at, last_seen_at, is_current } = session;
  const name = browserName(user_agent);
  return (
    <tr className="transition-colors hover:bg-sunken">
      <td className={classNames(CELL, "w-full max-w-0 lg:w-2/5")}>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2">
          <bdi className="truncate font-medium" title={user_agent}>
            {name}
          </bdi>
          {is_current ? <Status hue="sent">{texts.thisBrowser}</Status> : null}
        </span>
        <span className="block truncate text-caption text-ink-soft sm:hidden">
          <Moment at={last_seen_at} />
        </span>
      </td>
      <td className={classNames(CELL, "hidden md:table-cell")}>
        <span className="font-mono text-caption">{token_name}</span>
      </td>
      <td className={classNames(CELL, "hidden tabular-nums lg:table-cell")}>{address || "–"}</td>
      <td className={classNames(CELL, "hidden whitespace-nowrap text-ink-soft lg:table-cell")}>
        <Moment at={created_at} />
      </td>
      <td className={classNames(CELL, "hidden whitespace-nowrap text-ink-soft sm:table-cell")}>
        <Moment at={last_seen_at} />
      </td>
      <td className={classNames(CELL, "whitespace-nowrap text-right")}>
        {is_current ? null : (
          <Button kind="quiet" onClick={onRevoke} aria-label={texts.signOutIt(name, address)}>
            {texts.signOut}
          </Button>
        )}
      </td>
    </tr>
  );
}
