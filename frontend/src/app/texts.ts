/** Titles of pages, and the texts of the page for unknown addresses. */
export const texts = {
  product: "EmailBuilder",
  description: "E-mail campaigns as flows, with every lead's progress.",
  home: "Home",
  campaigns: "Campaigns",
  flow: "Flow",
  importContacts: "Import contacts",
  contacts: "Contacts",
  lead: "Lead",
  doNotContact: "Do not contact",
  inbox: "Inbox",
  system: "System",
  sessions: "Sessions",
  signIn: "Sign in",
  noPage: "This page does not exist",
  goHome: "Go home",
  noPageAbout: "Check the address. The campaign or lead it showed may have been deleted.",
};
