/** The names of campaigns and their states. */
export const texts = {
  campaigns: "Campaigns",
  contacts: "Contacts",
  gone: "This campaign does not exist",
  seeCampaigns: "Show the campaigns",
  goneAbout: "It may have been deleted, or the address may be wrong.",
  draft: "Draft",
  scheduled: "Scheduled",
  running: "Running",
  paused: "Paused",
  waiting: "Waiting for contacts",
  completed: "Completed",
  cancelled: "Cancelled",
  archived: "Archived",
};
