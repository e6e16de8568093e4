import { describe, expect, it } from "vitest";
import { bytesText, delimiterName, share, timeLeft } from "./facts";

describe("facts of a file", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [812, "812 bytes"],
    [4 * 1024, "4 KB"],
    [4.25 * 1024 * 1024, "4.3 MB"],
    [200 * 1024 * 1024, "200 MB"],
    [3 * 1024 ** 3, "3 GB"],
    [9e12, "8,382 GB"],
  ])("says %d bytes as %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it("names delimiters", () => {
    expect(delimiterName(";")).toBe("Semicolon ( ; )");
    expect(delimiterName("\t")).toBe("Tab");
    expect(delimiterName("^")).toBe("“^”");
    expect(delimiterName(null)).toBe("–");
  });
});

describe("progress", () => {
  it("is a share from 0 to 1", () => {
    expect([share(1, 4), share(5, 4), share(1, null), share(0, 0)]).toEqual([0.25, 1, 0, 0]);
  });

  it("estimates the remaining time once it can", () => {
    expect(timeLeft(1, 100, 500)).toBe("");
    expect(timeLeft(50, 100, 10_000)).toBe("about 10 seconds left");
    expect(timeLeft(10, 100, 30_000)).toBe("about 5 minutes left");
    expect(timeLeft(100, 100, 30_000)).toBe("");
  });
});
