export const texts = {
  formAbout: "Random, but a contact always takes the same branch.",
  add: "Add a branch",
  even: "Equal shares",
  branch: (number: number) => `branch ${number}`,
  branchName: (number: number) => `Name of branch ${number}`,
  sharePercent: (branch: string) => `Share of ${branch} in percent`,
  share: (branch: string) => `Share of ${branch}`,
  remove: (branch: string) => `Remove ${branch}`,
};
