export const texts = {
  name: "Start",
  about: "Where every contact enters",
  title: "Contacts enter",
  line: "At launch, or when imported",
};
