"use client";

import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { ApiError, problemText } from "@/shared/api/problem";
import { CONTACT_FILES } from "@/shared/file-kind";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL, Field } from "@/shared/ui/field";
import { type Report, useImport } from "./requests";
import { texts } from "./texts";

/** Takes a file or pasted addresses, then says what became of them. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [pasted, setPasted] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const imports = useImport();
  const paste = () =>
    imports.mutate({ body: new Blob([pasted], { type: "text/csv" }), name: texts.pasted });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={texts.importList}
      about={texts.importAbout}
      actions={
        imports.data ? (
          <Button kind="primary" onClick={onClose}>
            {texts.close}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{texts.notNow}</Button>
            <Button
              kind="primary"
              isBusy={imports.isPending}
              disabled={pasted.trim() === ""}
              onClick={paste}
            >
              {texts.importPasted}
            </Button>
          </>
        )
      }
    >
      {imports.data ? (
        <Result report={imports.data} />
      ) : (
        <div className="flex flex-col gap-4 pb-2">
          <div>
            <Button isBusy={imports.isPending} onClick={() => input.current?.click()}>
              <FileUp size={16} aria-hidden />
              {imports.isPending ? texts.importing : texts.chooseFile}
            </Button>
            <input
              ref={input}
              type="file"
              accept={CONTACT_FILES}
              aria-label={texts.listFile}
              tabIndex={-1}
              className="sr-only"
              onChange={(event) => {
                const file = event.target.files?.[0];
                if (file) {
                  imports.mutate({ body: file, name: file.name });
                }
                event.target.value = "";
              }}
            />
          </div>
          <Field label={texts.orPaste} error={imports.error && reasonOf(imports.error)}>
            {(control) => (
              <textarea
                {...control}
                rows={6}
                spellCheck={false}
                value={pasted}
                onChange={(event) => setPasted(event.target.value)}
                className={`${CONTROL} resize-y py-2 font-mono text-dense`}
              />
            )}
          </Field>
        </div>
      )}
    </Dialog>
  );
}

function reasonOf(error: Error): string {
  const isAboutSheet =
    error instanceof ApiError && error.problem.errors.some((it) => it.field === "sheet");
  return isAboutSheet ? `${problemText(error)} ${texts.oneSheet}` : problemText(error);
}

function Result({ report: { added, known, rejected, problems } }: { report: Report }) {
  return (
    <div role="status" className="pb-2">
      <p>{texts.importResult(added, known, rejected)}</p>
      {problems.length > 0 ? (
        <ul
          className="mt-2 max-h-40 overflow-y-auto text-dense"
          aria-label={texts.problems}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
          tabIndex={0}
        >
          {problems.map((it) => (
            <li key={it.line} className="border-line border-b py-1 last:border-0">
              {texts.line(it.line)}: {it.message}
              <bdi className="ml-2 break-all font-mono text-caption text-ink-faint">{it.raw}</bdi>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
