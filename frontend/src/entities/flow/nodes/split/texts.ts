export const texts = {
  name: "Split",
  about: "Random shares of the contacts",
  noBranches: "No branches yet",
  formAbout: "Random, but a contact always takes the same branch.",
  add: "Add a branch",
  even: "Equal shares",
  title: (branches: number) => `Split in ${branches || "…"}`,
  branch: (number: number) => `branch ${number}`,
  branchName: (number: number) => `Name of branch ${number}`,
  sharePercent: (branch: string) => `Share of ${branch} in percent`,
  share: (branch: string) => `Share of ${branch}`,
  remove: (branch: string) => `Remove ${branch}`,
};
