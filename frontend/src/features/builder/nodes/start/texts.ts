export const texts = {
  formAbout:
    "At launch, every contact of the campaign enters here. Contacts imported later enter immediately.",
  zone: "Time zone of the campaign",
  zoneHint: "For waits that use it, and for contacts without a time zone of their own.",
  fromName: "From name",
  fromAddress: "From address",
  replyTo: "Reply-to address",
  replyToHint: "Where answers go. If empty, the workspace's is used.",
  empty: "If empty, the workspace's is used.",
};
