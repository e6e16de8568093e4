export const texts = {
  name: "Wait",
  about: "A period, a weekday, or a date of the contact",
  sameMoment: "The same moment for everyone",
  fromArrival: "From the moment they arrive",
  contactZone: "contact's time zone",
  campaignZone: "campaign's time zone",
  day: "day",
  workday: "workday",
  or: "or",
  titleAnniversary: (date: string) => `the next ${date}`,
  titleUntil: (moment: string) => `Wait until ${moment}`,
  titleWeekday: (days: string, time: string) => `Next ${days} ${time}`,
  titleOffset: (length: string, isBefore: boolean, date: string) =>
    `${length} ${isBefore ? "before" : "after"} ${date}`,
  titleLength: (length: string) => `Wait ${length}`,
};
