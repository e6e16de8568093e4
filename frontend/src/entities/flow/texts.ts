/** Texts that every flow shows, whatever its nodes. */
export const texts = {
  waiting: "waiting",
  entered: "entered",
  passed: "skipped",
  size: (emails: number, nodes: number) => `${emails} e-mails, ${nodes} nodes`,
};
