"use client";

import type { Schemas } from "@/shared/api/client";
import { Moment } from "@/shared/time/moment";
import { type Hue, Status } from "@/shared/ui/status";
import { texts } from "./texts";

type Message = Schemas["MessageView"];

const STATES: Record<string, { hue: Hue; label: string }> = {
  claimed: { hue: "running", label: texts.aboutToBeSent },
  sending: { hue: "running", label: texts.beingSent },
  sent: { hue: "sent", label: texts.sent },
  rejected: { hue: "failed", label: texts.refused },
  deferred: { hue: "waiting", label: texts.later },
  unknown: { hue: "unknown", label: texts.unknown },
  suppressed: { hue: "neutral", label: texts.notSent },
};

const RESOLUTIONS: Record<string, string> = {
  send_again: texts.decidedToSend,
  treat_as_sent: texts.decidedAsSent,
};

const RETURNED: Record<NonNullable<Message["returned"]>, string> = {
  bounced: texts.cameBack,
  complained: texts.reported,
};

/** Every message to this lead, newest first, with the server's reply. */
export function Mails({
  messages,
  subjectOf,
}: {
  messages: Message[];
  subjectOf: (nodeId: string) => string;
}) {
  if (messages.length === 0) {
    return <p className="text-dense text-ink-faint">{texts.noEmails}</p>;
  }
  const newestFirst = [...messages].sort((a, b) =>
    b.first_attempt_at.localeCompare(a.first_attempt_at),
  );
  return (
    <ul className="flex flex-col gap-4">
      {newestFirst.map((message) => {
        const state = STATES[message.state] ?? { hue: "neutral" as const, label: message.state };
        return (
          <li key={message.key} className="text-dense">
            <p className="break-words font-medium" dir="auto">
              {subjectOf(message.node_id)}
              {message.resend_number > 1 ? (
                <span className="font-normal text-ink-faint">
                  {texts.resendNumber(message.resend_number)}
                </span>
              ) : null}
            </p>
            <p className="mt-0.5 flex items-baseline gap-3 text-ink-soft">
              <Status hue={state.hue}>{state.label}</Status>
              <span className="text-ink-faint">
                <Moment at={message.changed_at} />
              </span>
            </p>
            {message.reason ? (
              <p className="mt-0.5 break-words font-mono text-caption text-ink-soft">
                {message.reason}
              </p>
            ) : null}
            {message.returned ? (
              <p className="mt-0.5 text-failed">{RETURNED[message.returned]}</p>
            ) : null}
            {message.retry_at ? (
              <p className="mt-0.5 text-ink-faint">
                {texts.nextTry} <Moment at={message.retry_at} />
              </p>
            ) : null}
            {message.resolution ? (
              <p className="mt-0.5 text-ink-soft">
                {RESOLUTIONS[message.resolution] ?? message.resolution}
              </p>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
