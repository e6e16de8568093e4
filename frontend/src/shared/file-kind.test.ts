import { expect, it } from "vitest";
import { contentTypeOf, isWorkbook } from "./file-kind";

it("knows a workbook by its first bytes, not by its name", async () => {
  const xlsx = new File([new Uint8Array([0x50, 0x4b, 3, 4, 20, 0])], "a.csv");
  const xls = new Blob([new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1])]);
  const texts = [new File(["email\n"], "a.xlsx"), new Blob(["PK"]), new Blob([])];
  expect(await Promise.all([xlsx, xls, ...texts].map(isWorkbook))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect([true, false].map(contentTypeOf)).toEqual(["application/octet-stream", "text/csv"]);
});

it("takes a file that cannot be read for text, whose upload says why", async () => {
  const gone = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) };
  expect(await isWorkbook(gone as unknown as Blob)).toBe(false);
});
