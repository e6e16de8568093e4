import { describe, expect, it } from "vitest";
import { plainSentence, sentenceParts } from "./sentence";

describe("sentenceParts", () => {
  it("tells titles from the words around them", () => {
    expect(sentenceParts("Clicked *See pricing* in *Welcome* 2 h after sending")).toEqual([
      { text: "Clicked ", isTitle: false },
      { text: "See pricing", isTitle: true },
      { text: " in ", isTitle: false },
      { text: "Welcome", isTitle: true },
      { text: " 2 h after sending", isTitle: false },
    ]);
  });

  it("leaves markup what it is: words", () => {
    expect(sentenceParts("Sent *<b>Hi</b>*")).toEqual([
      { text: "Sent ", isTitle: false },
      { text: "<b>Hi</b>", isTitle: true },
    ]);
  });

  it("takes a lonely asterisk for what it is", () => {
    expect(sentenceParts("5 * 3")).toEqual([{ text: "5 * 3", isTitle: false }]);
    expect(sentenceParts("")).toEqual([]);
  });

  it("reads plainly without them", () => {
    expect(plainSentence("Next: *Last call* on Friday.")).toBe("Next: Last call on Friday.");
  });
});
