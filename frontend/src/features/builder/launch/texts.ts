/** When a campaign starts and ends, who sends it, and a test before. */
import { count, countOf } from "@/shared/numbers";

export const texts = {
  from: "From",
  change: "Change",
  start: "Start",
  now: "Now",
  atTime: "At a time",
  startsAt: "Date and time of the start",
  ends: "Ends",
  endings: {
    when_through: "When all contacts are through",
    at_date: "At a date",
    by_hand: "When I end it",
  },
  endsAbout: {
    when_through: "Contacts imported later start it again.",
    at_date:
      "Until then it waits for contacts. Those under way at that time go through to their end; nobody is cut off.",
    by_hand: "It waits for contacts whenever all are through.",
  },
  endsAt: "Date and time of the end",
  chooseTime: "Choose a date and a time.",
  inThePast: "This time has passed. Choose a later one.",
  tooFar: "Choose a time within a year.",
  endsEarly: "It must end after it starts.",
  schedule: (contacts: number) => `Schedule for ${countOf(contacts, "contact")}`,
  untilThen:
    "Contacts imported until then are included. The flow cannot be changed until it starts.",
  inZone: (time: string, zone: string) => (time.endsWith(zone) ? time : `${time} (${zone})`),
  lastMail: (perMinute: number, when: string) =>
    `At ${count(Math.round(perMinute))} a minute, the last contact gets it ${when}.`,
  withinAMinute: "within a minute of the first",
  about: (time: string) => `about ${time}`,
  test: "Send me a test",
  testOf: (email: string) => `Send me a test of ${email}`,
  tested: (to: string) => `The test was sent to ${to}`,
  notTaken: (message: string) => `The test was not accepted: ${message}`,
  starts: (time: string) => `It starts on ${time}.`,
  waitsForHand: "All contacts are through. It waits for new ones until you end it.",
  waitsUntil: (time: string) => `All contacts are through. It waits for new ones until ${time}.`,
  late: (length: string, time: string) =>
    `It started ${length} late, on ${time}: nothing was running that could start it.`,
};
