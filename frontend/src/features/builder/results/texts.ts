/** The results of a campaign. */
import { count, countOf } from "@/shared/numbers";

export const texts = {
  results: "Results",
  about:
    "Rates are of the messages that were sent and did not come back. Opens are only an indication: some mail programs load images without being asked, others never do.",
  download: "Download CSV",
  emails: "E-mails",
  email: "E-mail",
  sent: "Sent",
  bounced: "Came back",
  opened: "Opened",
  clicked: "Clicked",
  unsubscribed: "Unsubscribed",
  complained: "Spam reports",
  failed: "Failed",
  linkAbout: "Leads that clicked it; each counts once.",
  noEmail: "This flow sends no e-mail",
  noEmailAbout: "Add an e-mail to the flow. Its results appear here once it is sent.",
  gone: "no longer in the flow",
  showLinks: (more: number) => `Show ${countOf(more, "more link")}`,
  otherLinks: (clicks: number) => `${countOf(clicks, "click")} on further links`,
  splits: "Branches side by side",
  splitAbout:
    "Leads that were sent an e-mail after they took the branch. Each lead counts once, for all e-mails that follow. In brackets: the range in which the rate lies with 95 % confidence.",
  split: "Split",
  branch: "Branch",
  leads: "Leads",
  undecided: "not yet decided",
  undecidedAbout: "The difference may still be chance.",
  decided: (better: string, other: string, low: string, high: string) =>
    `${better} does better than ${other}, by ${low} to ${high} percentage points`,
  overTime: "Over time",
  which: "E-mail",
  all: "All e-mails",
  unit: "By",
  hours: "First 48 hours",
  days: "By day",
  dayZone: "Days begin at midnight UTC.",
  from: "From",
  day: "Day",
  picture: "Save chart as PNG",
  pictureDone: "The picture is in your downloads",
  noPicture: "The browser could not create the picture. Try it in another browser.",
  nothingYet: "Nothing has been sent yet",
  chart: (what: string, sent: number, opened: number, clicked: number) =>
    `Chart of ${what}: ${count(sent)} sent, ${count(opened)} opened, ${count(clicked)} clicked. The table below has all figures.`,
};
