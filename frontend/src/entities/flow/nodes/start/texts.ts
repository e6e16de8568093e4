export const texts = {
  name: "Start",
  about: "Where every contact enters",
  title: "Contacts enter",
  line: "All at launch, later ones immediately",
};
