import { describe, expect, it } from "vitest";
import { plainSentence, sentenceParts, titleTold } from "./sentence";

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

describe("titleTold", () => {
  const at = (kind: string, words: string) => ({ node_id: "a", kind, words });

  it("knows an e-mail by its story, also one that was passed by", () => {
    expect(titleTold([at("sent", "Sent *Welcome*")], "a")).toBe("Welcome");
    expect(titleTold([at("passed", "*Welcome* is switched off: passed on")], "a")).toBe("Welcome");
  });

  it("knows nothing of a wait that was passed by", () => {
    expect(titleTold([at("passed", "The wait is switched off: passed on")], "a")).toBeUndefined();
  });
});
