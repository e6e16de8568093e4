"use client";

import { useQuery } from "@tanstack/react-query";
import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import { frameDocument, isWebLink, SANDBOX } from "@/entities/mail/frame-document";
import { isGone, problemText } from "@/shared/api/problem";
import { Moment } from "@/shared/time/moment";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { type Mail, rawHref, readMail } from "./inbox-api";
import { texts } from "./texts";

/** One mail as its reader gets it, with its parts. */
export function MailView({ id }: { id: number }) {
  const mail = useQuery({
    queryKey: ["inbox", "mail", id],
    queryFn: ({ signal }) => readMail(id, signal),
    // A received mail never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (mail.data) {
    return <Whole mail={mail.data} />;
  }
  if (isGone(mail.error)) {
    return <Empty title={texts.gone}>{problemText(mail.error)}</Empty>;
  }
  return mail.error ? (
    <Failure error={mail.error} onRetry={() => void mail.refetch()} />
  ) : (
    <div className="px-8 py-4">
      <Skeleton lines={8} />
    </div>
  );
}

function Whole({ mail }: { mail: Mail }) {
  return (
    <article aria-label={mail.subject || texts.mail} className="flex min-h-0 flex-1 flex-col">
      <header className="flex flex-col gap-1 px-8 pt-5 pb-3">
        <div className="flex items-start gap-4">
          <h2 className="min-w-0 flex-1 break-words font-semibold text-title" dir="auto">
            {mail.subject || texts.noSubject}
          </h2>
          <a
            href={rawHref(mail.id)}
            download={`message-${mail.id}.eml`}
            className="shrink-0 pt-1 font-medium text-accent underline"
          >
            {texts.download}
          </a>
        </div>
        <p className="text-dense text-ink-soft">
          <span dir="auto">{headerOf(mail, "from") || mail.from}</span> {texts.to}{" "}
          <span dir="auto">{mail.to.join(", ")}</span> · <Moment at={mail.receivedAt} />
        </p>
      </header>
      <Tabs.Root
        defaultValue={mail.html === null ? "text" : "page"}
        className="flex min-h-0 flex-1 flex-col"
      >
        <Tabs.List aria-label={texts.parts} className="flex gap-5 border-line border-b px-8">
          {mail.html === null ? null : <Tab name="page">{texts.asRead}</Tab>}
          {mail.text === null ? null : <Tab name="text">{texts.text}</Tab>}
          <Tab name="links">{texts.linkCount(mail.links.length)}</Tab>
          <Tab name="headers">{texts.headers}</Tab>
          <Tab name="raw">{texts.source}</Tab>
        </Tabs.List>
        {mail.html === null ? null : (
          <Tabs.Content value="page" className="min-h-0 flex-1 bg-white">
            <iframe
              title={texts.asReaderSees(mail.subject)}
              sandbox={SANDBOX}
              srcDoc={frameDocument(mail.html)}
              className="size-full"
            />
          </Tabs.Content>
        )}
        {mail.text === null ? null : (
          <Part name="text">
            <pre className="whitespace-pre-wrap break-words font-sans" dir="auto">
              {mail.text}
            </pre>
          </Part>
        )}
        <Part name="links">
          <Links links={mail.links} />
        </Part>
        <Part name="headers">
          <dl className="grid grid-cols-[minmax(0,180px)_minmax(0,1fr)] gap-x-6 gap-y-1.5 font-mono text-caption">
            {mail.headers.map((header, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
              <div key={place} className="contents">
                <dt className="truncate text-ink-faint" title={header.name}>
                  {header.name}
                </dt>
                <dd className="break-words" dir="auto">
                  {header.value}
                </dd>
              </div>
            ))}
          </dl>
        </Part>
        <Part name="raw">
          <pre className="whitespace-pre-wrap break-all font-mono text-caption">{mail.raw}</pre>
          {mail.isRawCut ? <p className="mt-3 text-ink-faint">{texts.cut}</p> : null}
        </Part>
      </Tabs.Root>
    </article>
  );
}

function headerOf(mail: Mail, name: string): string {
  return mail.headers.find((it) => it.name.toLowerCase() === name)?.value ?? "";
}

function Tab({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Tabs.Trigger
      value={name}
      className="-mb-px h-9 border-transparent border-b-2 text-dense text-ink-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
    >
      {children}
    </Tabs.Trigger>
  );
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Tabs.Content value={name} className="min-h-0 flex-1 overflow-y-auto px-8 py-5">
      {children}
    </Tabs.Content>
  );
}

function Links({ links }: { links: Mail["links"] }) {
  if (links.length === 0) {
    return <p className="text-ink-faint">{texts.noLinks}</p>;
  }
  return (
    <ul className="flex flex-col gap-3">
      {links.map((link, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same link may occur twice
        <li key={place}>
          {isWebLink(link.url) ? (
            <a
              href={link.url}
              target="_blank"
              rel="noreferrer"
              className="font-medium text-accent underline"
              dir="auto"
            >
              {link.text || link.url}
            </a>
          ) : (
            <span className="font-medium" dir="auto">
              {link.text || "–"}
            </span>
          )}
          <p className="break-all font-mono text-caption text-ink-faint">{link.url}</p>
        </li>
      ))}
    </ul>
  );
}
