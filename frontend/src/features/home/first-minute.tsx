import { Check } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "@/shared/class-names";

interface FirstMinuteProps {
  hasCampaign: boolean;
  hasLaunched: boolean;
}

const LINK = "font-medium text-accent underline underline-offset-2";

/** The first minute with a new system: four steps, gone once something was launched. */
export function FirstMinute({ hasCampaign }: FirstMinuteProps) {
  return (
    <section aria-label="The first minute" className="px-4 pt-8 sm:px-8">
      <h2 className="font-semibold text-title">The first minute</h2>
      <p className="mt-1 max-w-xl text-ink-soft">
        From nothing to a mail that is read, in four steps.
      </p>
      <ol className="mt-4 max-w-2xl border-line border-t">
        <Step place={1} title="Create a campaign" isDone={hasCampaign}>
          <Link href="/campaigns?open=new" className={LINK}>
            Begin with a starter
          </Link>
          : a welcome series, a trial, an event. It is a whole flow, with its mails written.
        </Step>
        <Step place={2} title="Bring contacts" isDone={false}>
          {hasCampaign ? (
            <>
              Open it from{" "}
              <Link href="/campaigns" className={LINK}>
                your campaigns
              </Link>{" "}
              and import a file, or paste a few addresses.
            </>
          ) : (
            "Import a file into it, or paste a few addresses."
          )}
        </Step>
        <Step place={3} title="Launch it" isDone={false}>
          Before anything goes out, you are told who gets what, and when.
        </Step>
        <Step place={4} title="Look into the inbox" isDone={false}>
          On a system for trying out, the{" "}
          <Link href="/inbox" className={LINK}>
            inbox
          </Link>{" "}
          has what your readers would get. Click a link in a mail, and see the lead move.
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  place: number;
  title: string;
  isDone: boolean;
  children: ReactNode;
}

function Step({ place, title, isDone, children }: StepProps) {
  return (
    <li className="flex gap-4 border-line border-b py-3">
      <span
        className={classNames(
          "flex size-6 shrink-0 items-center justify-center rounded-full text-caption tabular-nums",
          isDone ? "bg-sent-soft text-sent" : "bg-sunken text-ink-soft",
        )}
      >
        {isDone ? <Check size={14} aria-label="Done" /> : place}
      </span>
      <div className="min-w-0">
        <h3 className="font-medium">{title}</h3>
        <p className="text-ink-soft">{children}</p>
      </div>
    </li>
  );
}
