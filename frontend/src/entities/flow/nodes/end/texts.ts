export const texts = {
  name: "End",
  about: "The contact's flow ends here",
  line: "Nothing follows",
  figure: "ended here",
  title: "Finished",
  titled: "Finished: ",
};
