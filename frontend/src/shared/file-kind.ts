/** What a contact file is, by how it begins, whatever its name says. */

/** XLSX and ODS, and XLS. */
const WORKBOOKS: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
];

/** For the dialog that chooses a file: what the API reads. */
export const CONTACT_FILES =
  ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,text/csv,text/plain,text/tab-separated-values";

/** False for a file that cannot be read; sending it says why. */
export async function isWorkbook(body: Blob): Promise<boolean> {
  try {
    const head = new Uint8Array(await body.slice(0, 4).arrayBuffer());
    return WORKBOOKS.some((mark) => mark.every((byte, at) => head[at] === byte));
  } catch {
    return false;
  }
}

/** A gateway may take what is said to be text for text. */
export function contentTypeOf(isBinary: boolean): string {
  return isBinary ? "application/octet-stream" : "text/csv";
}
