"use client";

import { FileUp } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { classNames } from "@/shared/class-names";
import { CONTACT_FILES, isWorkbook } from "@/shared/file-kind";
import { Button } from "@/shared/ui/button";
import { CONTROL, Field } from "@/shared/ui/field";
import { texts } from "./texts";

const EXAMPLE = "email,first_name,plan\nann@example.com,Ann,pro\nben@example.com,Ben,free";

/** What to import; `name` is its name for people. */
export interface Source {
  body: Blob;
  name: string;
  isWorkbook: boolean;
}

/** A file, dropped or chosen, or rows pasted from a spreadsheet. */
export function Choose({ onChoose }: { onChoose: (source: Source) => void }) {
  const [isOver, setIsOver] = useState(false);
  const [pasted, setPasted] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | null | undefined) => {
    if (file) {
      onChoose({ body: file, name: file.name, isWorkbook: await isWorkbook(file) });
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void take(event.dataTransfer.files[0]);
  };
  const paste = () =>
    onChoose({
      body: new Blob([pasted], { type: "text/csv" }),
      name: texts.pastedRows,
      isWorkbook: false,
    });
  return (
    <div className="flex flex-col gap-8">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={drop}
        className={classNames(
          "flex flex-col items-center gap-3 rounded-card border border-dashed px-6 py-12 text-center transition-colors",
          isOver ? "border-accent bg-accent-soft" : "border-line-strong",
        )}
      >
        <FileUp size={20} aria-hidden className="text-ink-faint" />
        <p className="font-medium">{texts.dropHere}</p>
        <Button kind="primary" onClick={() => input.current?.click()}>
          {texts.chooseFile}
        </Button>
        <p className="max-w-md text-balance text-dense text-ink-faint">{texts.fileAbout}</p>
        <input
          ref={input}
          type="file"
          accept={CONTACT_FILES}
          aria-label={texts.contactFile}
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            void take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </div>
      <div className="flex flex-col gap-3">
        <Field label={texts.orPaste}>
          {(control) => (
            <textarea
              {...control}
              rows={6}
              spellCheck={false}
              placeholder={EXAMPLE}
              value={pasted}
              onChange={(event) => setPasted(event.target.value)}
              className={classNames(CONTROL, "resize-y py-2 font-mono text-dense")}
            />
          )}
        </Field>
        <div>
          <Button disabled={pasted.trim() === ""} onClick={paste}>
            {texts.checkRows}
          </Button>
        </div>
      </div>
    </div>
  );
}
