/** The page of a store that was restored from a backup. */
export const texts = {
  title: "Restored store",
  notHeld: "Nothing is held",
  notHeldAbout: "This store was not restored from a backup, or everything runs again.",
  over: (leads: number) =>
    leads === 1
      ? "Everything runs again. 1 lead has e-mails that count as sent."
      : `Everything runs again. ${leads} leads have e-mails that count as sent.`,
  restoring: "The restore is not complete",
  restoringAbout: "If it was interrupted, drop the database and restore again.",
  releasing: "The leads are being gone through",
  releasingAbout: "After that, the campaigns run again that ran at the backup.",
  held: "Nothing is sent until you decide",
  since: "This store was restored from a backup of",
  about:
    "What happened since is not known to it. Below are the leads that may have been sent e-mails in the meantime, because their waits were over or their readers may have clicked. What people did by hand is not known either.",
  skipAll: "Skip these e-mails",
  sendAll: "Send these e-mails",
  skipTitle: "Skip e-mails that may have been sent?",
  skipAbout:
    "They count as sent, and leads go on from there. Nobody gets an e-mail twice; an e-mail that had not left is never sent. Then the campaigns run again.",
  sendTitle: "Send e-mails that may have been sent?",
  sendAbout:
    "No e-mail is lost; readers get those twice that had left. Then the campaigns run again.",
  skip: "Skip and go on",
  send: "Send and go on",
  notYet: "Not yet",
  contact: "Contact",
  campaign: "Campaign",
  emails: "May have been sent",
  choice: "Then",
  choiceOf: (email: string) => `What happens to the e-mails to ${email}`,
  asAll: "As for all",
  skipIt: "Skip",
  sendIt: "Send",
  none: "No lead may have been sent an e-mail since the backup. Either choice lets the campaigns run again.",
  more: "Show more",
};
