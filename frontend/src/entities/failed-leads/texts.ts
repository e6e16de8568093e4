/** Failed leads, and retrying them together. */
import { count, countOf } from "@/shared/numbers";

export const texts = {
  title: "Retry failed leads",
  about:
    "Each lead gets the e-mail at which it failed as a new message. Remove the cause first: otherwise they fail again.",
  paused: "The campaign is paused: these messages wait until you resume it.",
  completed: "The campaign was completed. It runs again until these leads have ended.",
  counting: "Counting failed leads …",
  none: "No lead has failed",
  noneAbout: "They may have been retried in the meantime.",
  allHere: "All failed leads",
  suppressed: "suppressed",
  inCircles: "went in circles: move each to another node",
  notRefused: "may have been sent",
  flowUnusable: "follow a flow version that cannot be read",
  rejected: "The mail server refused it",
  template: "It could not be rendered",
  poison: "Stuck in a loop",
  notNow: "Not now",
  close: "Close",
  retrying: "Retrying failed leads",
  canClose: "You may close this: it continues without you.",
  failed: "The job gave no reason.",
  open: (leads: number) => `Retry ${countOf(leads, "failed lead")}…`,
  openAtNode: "Retry failed leads…",
  notRetried: (leads: number, why: string) => `${count(leads)} not retried: ${why}`,
  retry: (leads: number) => `Retry ${countOf(leads, "lead")}`,
  others: (leads: number) =>
    `${countOf(leads, "more lead has", "more leads have")} other answers, too many to list. Choose all to retry them.`,
  hidden: (groups: number) =>
    `${countOf(groups, "smaller group is", "smaller groups are")} not shown. Choose all to retry them.`,
  retried: (leads: number) => `${countOf(leads, "lead is", "leads are")} retried`,
  retriedAbout: "Their e-mails go out as fast as the rates allow. Each lead's timeline shows it.",
};
