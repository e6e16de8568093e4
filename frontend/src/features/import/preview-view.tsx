"use client";

import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Status } from "@/shared/ui/status";
import { delimiterName } from "./facts";
import { texts } from "./texts";
import type { Preview } from "./use-preview";

interface PreviewViewProps {
  preview: Preview;
  onEncoding: (encoding: string) => void;
}

/** How the file was read, and what an import would do with its rows. */
export function PreviewView({ preview, onEncoding }: PreviewViewProps) {
  return (
    <div className="flex flex-col gap-8">
      <Counts preview={preview} onEncoding={onEncoding} />
      {/* Who has entered is said where one chooses. */}
      <Notes notes={preview.notes.filter((it) => it.code !== "entered")} />
      <Changes preview={preview} />
      <Columns preview={preview} />
      <Problems preview={preview} />
    </div>
  );
}

const KINDS: Record<string, string> = {
  address: texts.address,
  text: texts.text,
  number: texts.number,
  date: texts.date,
  boolean: texts.yesOrNo,
  empty: texts.empty,
};

function Counts({ preview, onEncoding }: PreviewViewProps) {
  const { good, duplicate, changed, same, invalid } = preview.counts;
  const line = preview.policy.header_line;
  const header = line ? texts.headerIn(line) : texts.noHeader;
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-wrap gap-x-8 gap-y-2">
        <li>
          <Status hue="sent">{texts.good(good)}</Status>
        </li>
        <li>
          <Status hue={changed > 0 ? "waiting" : "neutral"}>{texts.changed(changed)}</Status>
        </li>
        <li>
          <Status hue="neutral">{texts.same(same)}</Status>
        </li>
        <li>
          <Status hue={duplicate > 0 ? "waiting" : "neutral"}>{texts.duplicates(duplicate)}</Status>
        </li>
        <li>
          <Status hue={invalid > 0 ? "failed" : "neutral"}>{texts.invalid(invalid)}</Status>
        </li>
      </ul>
      <p className="flex flex-wrap items-center gap-x-2 text-dense text-ink-soft">
        {preview.is_part ? `${texts.countedInPart} ` : ""}
        {texts.format(delimiterName(preview.delimiter), header)}
        <Encoding preview={preview} onEncoding={onEncoding} />
      </p>
    </div>
  );
}

/** Text that is not Unicode may be read in another encoding. */
function Encoding({ preview, onEncoding }: PreviewViewProps) {
  const encoding = preview.encoding ?? "utf-8";
  const offered = preview.encodings.map((it) => it.value);
  if (offered.length === 0 && preview.policy.encoding === "utf-8" && !preview.is_part) {
    return <span>{encoding}</span>;
  }
  return (
    <select
      aria-label={texts.encoding}
      value={encoding}
      onChange={(event) => onEncoding(event.target.value)}
      className="h-7 rounded-control border border-line-strong bg-raised px-1.5 text-ink hover:border-line-strong"
    >
      {[...new Set([encoding, ...offered, ...ENCODINGS])].map((it) => (
        <option key={it} value={it}>
          {texts.encodings[it] ? `${texts.encodings[it]} (${it})` : it}
        </option>
      ))}
    </select>
  );
}

const ENCODINGS = Object.keys(texts.encodings);

function Notes({ notes }: { notes: Preview["notes"] }) {
  if (notes.length === 0) {
    return null;
  }
  return (
    <section aria-label={texts.notes}>
      <h2 className="mb-2 font-semibold">{texts.notes}</h2>
      <ul className="flex flex-col gap-1 text-dense text-ink-soft">
        {notes.map((note) => (
          <li key={`${note.code} ${note.line}`} className="flex gap-4" dir="auto">
            <span className="shrink-0 text-ink-faint tabular-nums">
              {texts.line} {count(note.line)}
            </span>
            <span className="min-w-0 break-words">
              {note.message}
              {note.count > 1 ? texts.noteCount(note.count) : ""}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Contacts that the campaign has already, with what the file would change. */
function Changes({ preview }: { preview: Preview }) {
  const { changes, counts } = preview;
  const hidden = counts.changed - changes.length;
  if (changes.length === 0) {
    return null;
  }
  return (
    <section aria-label={texts.changes}>
      <h2 className="mb-2 font-semibold">{texts.changed(counts.changed)}</h2>
      <table className="w-full text-dense">
        <thead>
          <tr className="border-line border-b text-left text-caption text-ink-faint">
            <Heading isRight>{texts.line}</Heading>
            <Heading>{texts.contact}</Heading>
            <Heading>{texts.becomes}</Heading>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.line} className="border-line/60 border-b align-top">
              <td className="py-1.5 pr-6 text-right text-ink-faint tabular-nums">
                {count(change.line)}
              </td>
              <td className="max-w-52 truncate py-1.5 pr-6 font-medium" title={change.email}>
                {change.email}
              </td>
              <td className="py-1.5">
                <ul className="flex flex-col gap-0.5">
                  {change.values.map((it) => (
                    <li key={it.name} className="break-words">
                      <span className="text-ink-faint">{it.name}</span>{" "}
                      <bdi className="text-ink-soft">{shown(it.before)}</bdi>
                      <span className="text-ink-faint"> → </span>
                      <bdi>{shown(it.after)}</bdi>
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? (
        <p className="mt-2 text-dense text-ink-faint">{texts.moreChanges(hidden)}</p>
      ) : null}
    </section>
  );
}

function shown(value: string | number | boolean | null): string {
  return value === null || value === "" ? "–" : String(value);
}

function Columns({ preview }: { preview: Preview }) {
  return (
    <section aria-label={texts.columns}>
      <h2 className="mb-2 font-semibold">{texts.columnCount(preview.columns.length)}</h2>
      <div className="max-h-96 overflow-auto">
        <table className="w-full text-dense">
          <thead>
            <tr className="border-line border-b text-left text-caption text-ink-faint">
              <Heading>{texts.attribute}</Heading>
              <Heading>{texts.looksLike}</Heading>
              <Heading isRight>{texts.filled}</Heading>
              <Heading>{texts.example}</Heading>
            </tr>
          </thead>
          <tbody>
            {preview.columns.map((column) => (
              <tr key={column.name} className="border-line/60 border-b align-top">
                <td className="py-1.5 pr-6 text-left font-medium" dir="auto">
                  {column.name}
                  {column.type === "address" && column.name === "email" ? (
                    <span className="font-normal text-accent"> {texts.isAddress}</span>
                  ) : null}
                  {column.header && !isAlike(column.header, column.name) ? (
                    <span className="block truncate font-normal text-caption text-ink-faint">
                      {texts.inFile(column.header)}
                    </span>
                  ) : null}
                </td>
                <td className="py-1.5 pr-6 text-ink-soft">
                  {KINDS[column.type] ?? column.type}
                  {column.unreadable > 0 ? (
                    <span className="block text-caption text-failed">
                      {texts.unreadable(column.unreadable, column.unreadable_line)}
                    </span>
                  ) : null}
                </td>
                <td className="py-1.5 pr-6 text-right text-ink-soft tabular-nums">
                  {count(column.filled)}
                </td>
                <td className="max-w-md truncate py-1.5 text-left text-ink-soft" dir="auto">
                  {column.samples.map(String).join(", ") || "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Problems({ preview }: { preview: Preview }) {
  const { duplicate, changed, invalid } = preview.counts;
  const all = duplicate + invalid + (preview.policy.known === "keep" ? changed : 0);
  const hidden = all - preview.problems.length;
  if (all === 0) {
    return null;
  }
  return (
    <section aria-label={texts.wouldBeLeftOut}>
      <h2 className="mb-2 font-semibold">{texts.leftOut(all, preview.is_part)}</h2>
      <table className="w-full text-dense">
        <thead>
          <tr className="border-line border-b text-left text-caption text-ink-faint">
            <Heading isRight>{texts.line}</Heading>
            <Heading>{texts.why}</Heading>
            <Heading>{texts.row}</Heading>
          </tr>
        </thead>
        <tbody>
          {preview.problems.map((problem) => (
            <tr
              key={`${problem.line} ${problem.code}`}
              className="border-line/60 border-b align-top"
            >
              <td className="py-1.5 pr-6 text-right text-ink-faint tabular-nums">
                {count(problem.line)}
              </td>
              <td className="py-1.5 pr-6" dir="auto">
                {problem.message}
              </td>
              <td
                className="max-w-xs truncate py-1.5 text-left font-mono text-caption text-ink-soft leading-5"
                dir="auto"
                title={problem.raw}
              >
                {problem.raw}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? (
        <p className="mt-2 text-dense text-ink-faint">{texts.moreAfterImport(hidden)}</p>
      ) : null}
    </section>
  );
}

/** Blanks and capitals are not worth a second line. */
function isAlike(header: string, name: string): boolean {
  return header.toLowerCase().split(/\s+/).join("_") === name;
}

function Heading({ children, isRight = false }: { children: string; isRight?: boolean }) {
  return (
    <th scope="col" className={classNames("py-1.5 pr-6 font-medium", isRight && "text-right")}>
      {children}
    </th>
  );
}
