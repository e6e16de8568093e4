import type { Schemas } from "@/shared/api/client";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { JUDGED, type Judged, rangeText, rateText, verdictText } from "./rates";
import { texts } from "./texts";

type Split = Schemas["SplitResultView"];
type Branch = Schemas["BranchView"];

const RIGHT = "text-right tabular-nums";

/** The branches of a split, one row each, and by which of them more can be said than chance. */
export function SplitTable({ split }: { split: Split }) {
  const name = split.name === split.node_id ? texts.split : split.name;
  return (
    <section aria-label={name} className="pb-4">
      <h3 className="px-4 pt-2 pb-1 font-medium sm:px-8" dir="auto">
        {name}
        {split.is_in_flow ? null : (
          <span className="pl-2 text-caption font-normal text-ink-faint">{texts.gone}</span>
        )}
      </h3>
      <table className={TABLE}>
        <thead>
          <tr>
            <th className={HEAD}>{texts.branch}</th>
            <th className={classNames(HEAD, RIGHT)}>{texts.leads}</th>
            {JUDGED.map((it) => (
              <th key={it} className={classNames(HEAD, RIGHT, widthOf(it))}>
                {texts[it]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {split.branches.map((it) => (
            <BranchRow key={it.port} branch={it} />
          ))}
        </tbody>
      </table>
      <ul className="flex flex-col gap-1 px-4 pt-3 text-dense sm:px-8">
        {JUDGED.map((it) => (
          <li key={it}>
            <span className="text-ink-soft">{texts[it]}: </span>
            {split.verdicts[it] ? (
              <strong className="font-semibold" dir="auto">
                {verdictText(split, it)}
              </strong>
            ) : (
              <span title={texts.undecidedAbout}>{verdictText(split, it)}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function BranchRow({ branch }: { branch: Branch }) {
  return (
    <tr>
      <th scope="row" dir="auto" className={classNames(CELL, "text-left font-medium")}>
        {branch.name}
        <span className="block font-normal text-caption text-ink-soft sm:hidden">
          {`${texts.unsubscribed} ${rateText(branch.rates.unsubscribed)}`}
        </span>
      </th>
      <td className={classNames(CELL, RIGHT)}>{count(branch.sent)}</td>
      {JUDGED.map((it) => (
        <td key={it} className={classNames(CELL, RIGHT, widthOf(it), "whitespace-nowrap")}>
          {rateText(branch.rates[it])}
          <span className="block text-caption text-ink-soft sm:inline sm:pl-2">
            {rangeText(branch.rates[it])}
          </span>
        </td>
      ))}
    </tr>
  );
}

/** A phone has room for two rates; the third is below the branch's name. */
function widthOf(what: Judged): string {
  return what === "unsubscribed" ? "hidden sm:table-cell" : "";
}
