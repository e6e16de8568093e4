"use client";

import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Status } from "@/shared/ui/status";
import { delimiterName } from "./facts";
import { texts } from "./texts";
import type { Preview } from "./use-preview";

/** How the file was read, and what an import would do with its rows. */
export function PreviewView({ preview }: { preview: Preview }) {
  return (
    <div className="flex flex-col gap-8">
      <Counts preview={preview} />
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

function Counts({ preview }: { preview: Preview }) {
  const { good, duplicate, existing, invalid } = preview.counts;
  const header = preview.has_header === false ? texts.noHeader : texts.hasHeader;
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-wrap gap-x-8 gap-y-2">
        <li>
          <Status hue="sent">{texts.good(good)}</Status>
        </li>
        <li>
          <Status hue={duplicate > 0 ? "waiting" : "neutral"}>{texts.duplicates(duplicate)}</Status>
        </li>
        <li>
          <Status hue={existing > 0 ? "waiting" : "neutral"}>{texts.existing(existing)}</Status>
        </li>
        <li>
          <Status hue={invalid > 0 ? "failed" : "neutral"}>{texts.invalid(invalid)}</Status>
        </li>
      </ul>
      <p className="text-dense text-ink-soft">
        {preview.is_part ? `${texts.countedInPart} ` : ""}
        {texts.format(delimiterName(preview.delimiter), preview.encoding ?? "utf-8", header)}
      </p>
    </div>
  );
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
              <tr key={column.name} className="border-line/60 border-b">
                <td className="py-1.5 pr-6 text-left font-medium" dir="auto">
                  {column.name}
                  {column.type === "address" && column.name === "email" ? (
                    <span className="font-normal text-accent"> {texts.isAddress}</span>
                  ) : null}
                </td>
                <td className="py-1.5 pr-6 text-ink-soft">{KINDS[column.type] ?? column.type}</td>
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
  const { duplicate, existing, invalid } = preview.counts;
  const all = duplicate + existing + invalid;
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

function Heading({ children, isRight = false }: { children: string; isRight?: boolean }) {
  return (
    <th scope="col" className={classNames("py-1.5 pr-6 font-medium", isRight && "text-right")}>
      {children}
    </th>
  );
}
