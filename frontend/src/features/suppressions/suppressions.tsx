"use client";

import { Download, Plus, Upload } from "lucide-react";
import { useMemo, useState } from "react";
import { useOffer } from "@/shared/shell/page-actions";
import { PageHeader } from "@/shared/shell/page-header";
import { Button } from "@/shared/ui/button";
import { useQueryState } from "@/shared/use-query-state";
import { AddDialog } from "./add-dialog";
import { AllowDialog } from "./allow-dialog";
import { Filters } from "./filters";
import { ImportDialog } from "./import-dialog";
import { RemovalList } from "./removal-list";
import { EXPORT_PATH, type Suppression } from "./requests";
import { SuppressionList } from "./suppression-list";
import { texts } from "./texts";

/** Addresses that no campaign sends mail to, and those that were allowed again. */
export function Suppressions() {
  const [search, setSearch] = useQueryState("search");
  const [shown, setShown] = useQueryState("show");
  const [dialog, setDialog] = useQueryState("open");
  const [allowed, setAllowed] = useState<Suppression | null>(null);
  const isOfRemovals = shown === "allowed";
  const offers = useMemo(
    () => [
      { name: texts.addAddress, act: () => setDialog("add") },
      { name: texts.importList, act: () => setDialog("import") },
    ],
    [setDialog],
  );
  useOffer(offers);
  const close = () => setDialog("");
  return (
    <>
      <PageHeader
        title={texts.doNotContact}
        actions={
          <>
            <a
              href={EXPORT_PATH}
              download
              aria-label={texts.exportAll}
              className="inline-flex h-8 items-center gap-2 rounded-control border border-line-strong bg-raised px-3 font-medium hover:bg-sunken"
            >
              <Download size={16} aria-hidden />
              <span className="hidden sm:inline">{texts.export}</span>
            </a>
            <Button onClick={() => setDialog("import")} aria-label={texts.importList}>
              <Upload size={16} aria-hidden />
              <span className="hidden sm:inline">{texts.import}</span>
            </Button>
            <Button kind="primary" onClick={() => setDialog("add")} aria-label={texts.addAddress}>
              <Plus size={16} aria-hidden />
              <span className="hidden sm:inline">{texts.add}</span>
            </Button>
          </>
        }
      />
      <Filters
        search={search}
        onSearch={setSearch}
        isOfRemovals={isOfRemovals}
        onShow={(removals) => setShown(removals ? "allowed" : "")}
      />
      <div className="min-h-0 flex-1 overflow-auto">
        {isOfRemovals ? (
          <RemovalList />
        ) : (
          <SuppressionList
            search={search}
            onShowAll={() => setSearch("")}
            onAllow={setAllowed}
            onImport={() => setDialog("import")}
          />
        )}
      </div>
      {dialog === "add" ? <AddDialog onClose={close} /> : null}
      {dialog === "import" ? <ImportDialog onClose={close} /> : null}
      {allowed ? <AllowDialog suppression={allowed} onClose={() => setAllowed(null)} /> : null}
    </>
  );
}
