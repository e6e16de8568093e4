/** What all node types share. */
export const texts = {
  unknown: "Unknown",
  replace: "Replace it with another node",
  unknownType: "Unknown node type",
};
