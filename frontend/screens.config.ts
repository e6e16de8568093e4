import base from "./playwright.config";

/** Pictures of every page for the docs: `make screenshots`. */
export default { ...base, testDir: "screens", reporter: "list" };
