export const texts = {
  name: "Split",
  about: "Random shares of the contacts",
  noBranches: "No branches yet",
  title: (branches: number) => `Split in ${branches || "…"}`,
};
