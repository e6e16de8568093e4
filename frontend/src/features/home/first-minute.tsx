import { Check } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "@/shared/class-names";
import { texts } from "./texts";

interface FirstMinuteProps {
  hasCampaign: boolean;
  hasLaunched: boolean;
}

const LINK = "font-medium text-accent underline underline-offset-2";

/** The first steps with a new system: four, hidden once something was launched. */
export function FirstMinute({ hasCampaign }: FirstMinuteProps) {
  return (
    <section aria-label={texts.firstSteps} className="px-4 pt-8 sm:px-8">
      <h2 className="font-semibold text-title">{texts.firstSteps}</h2>
      <p className="mt-1 max-w-xl text-ink-soft">{texts.firstStepsAbout}</p>
      <ol className="mt-4 max-w-2xl border-line border-t">
        <Step place={1} title={texts.createCampaign} isDone={hasCampaign}>
          <Link href="/campaigns?open=new" className={LINK}>
            {texts.startFromTemplate}
          </Link>
          {texts.examples}
        </Step>
        <Step place={2} title={texts.addContacts} isDone={false}>
          {hasCampaign ? (
            <>
              {texts.openFrom}{" "}
              <Link href="/campaigns" className={LINK}>
                {texts.yourCampaigns}
              </Link>{" "}
              {texts.andImport}
            </>
          ) : (
            texts.importInto
          )}
        </Step>
        <Step place={3} title={texts.launchIt} isDone={false}>
          {texts.launchAbout}
        </Step>
        <Step place={4} title={texts.checkInbox} isDone={false}>
          {texts.trialInbox}{" "}
          <Link href="/inbox" className={LINK}>
            {texts.inboxLink}
          </Link>{" "}
          {texts.inboxAbout}
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
        {isDone ? <Check size={14} aria-label={texts.done} /> : place}
      </span>
      <div className="min-w-0">
        <h3 className="font-medium">{title}</h3>
        <p className="text-ink-soft">{children}</p>
      </div>
    </li>
  );
}
