export const texts = {
  reason: "Reason",
  reasonHint: "Shown in each lead's timeline.",
};
