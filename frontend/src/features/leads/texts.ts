/** The table of a campaign's contacts and leads. */
import { count, countOf } from "@/shared/numbers";

export const texts = {
  contacts: "Contacts",
  importContacts: "Import contacts",
  tryAgain: "Try again",
  noMatch: "No contact matches",
  clearFilters: "Clear the filters",
  noMatchAbout: "No contact matches these filters. Addresses must begin with what you typed.",
  firstEntering: "The first contacts are entering",
  waitForLaunch: "Each becomes a lead then.",
  attributes: "Attributes",
  actions: "Actions",
  change: "Change …",
  delete: "Delete …",
  loadMore: "Load more",
  none: "No contacts yet",
  noneAbout:
    "Import them from a CSV file, or paste them. They enter the campaign at launch; a running campaign, immediately.",
  all: "All",
  status: "Status",
  node: "Node",
  anyNode: "Any node",
  columns: "Columns",
  clear: "Clear",
  addressPrefix: "Addresses that begin with",
  addressPlaceholder: "Address begins with …",
  goToNumber: "Go to number",
  goToPlaceholder: "Go to no.",
  number: "No.",
  address: "Address",
  until: "Until",
  entered: "Entered",
  noLonger: "No longer in this list",
  loading: "Loading",
  waiting: (contacts: number) =>
    `${countOf(contacts, "contact is", "contacts are")} waiting for the launch`,
  actionsOf: (email: string) => `Change or delete ${email}`,
  imported: (contacts: number) =>
    `${countOf(contacts, "contact was", "contacts were")} imported. They appear here as they enter.`,
  attributesMax: (max: number) => `Up to ${max} attributes`,
  numberHint: (max: number) => `A number from 1 to ${count(max)}, then Enter`,
};
