import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { Moment } from "@/shared/time/moment";
import { CELL_DENSE, HEAD, TABLE } from "@/shared/ui/cells";
import { SectionTitle } from "@/shared/ui/section-title";
import { megabytes } from "./labels";
import type { System } from "./requests";
import { texts } from "./texts";

const FIGURE = "text-right tabular-nums";
const NAME = "w-full max-w-0 truncate font-mono text-caption";

export function Queues({ queues }: { queues: System["queues"] }) {
  return (
    <section aria-label={texts.queues}>
      <SectionTitle>{texts.queues}</SectionTitle>
      {queues === null ? (
        <NotKnown>{texts.queuesUnknown}</NotKnown>
      ) : (
        <table className={TABLE}>
          <thead>
            <tr>
              <th className={HEAD}>{texts.queue}</th>
              <th className={classNames(HEAD, "text-right")}>{texts.waiting}</th>
              <th className={classNames(HEAD, "text-right")}>{texts.inFlight}</th>
              <th className={classNames(HEAD, "hidden text-right sm:table-cell")}>
                {texts.delayed}
              </th>
              <th className={classNames(HEAD, "hidden text-right sm:table-cell")}>
                {texts.consumers}
              </th>
            </tr>
          </thead>
          <tbody>
            {queues.map((it) => (
              <tr key={it.name}>
                <td className={classNames(CELL_DENSE, NAME)} title={it.name}>
                  {it.name}
                </td>
                <Figure value={it.waiting} isBad={it.holds_dead_letters && (it.waiting ?? 0) > 0} />
                <Figure value={it.in_flight} />
                <Figure value={it.delayed} isWideOnly />
                <Figure value={it.consumers} isWideOnly />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

export function Workers({ workers }: { workers: System["workers"] }) {
  return (
    <section aria-label={texts.workers}>
      <SectionTitle>{texts.workers}</SectionTitle>
      {workers === null ? (
        <NotKnown>{texts.noWorkerList}</NotKnown>
      ) : workers.length === 0 ? (
        <NotKnown>{texts.noWorkers}</NotKnown>
      ) : (
        <table className={TABLE}>
          <thead>
            <tr>
              <th className={HEAD}>{texts.worker}</th>
              <th className={HEAD}>{texts.heartbeat}</th>
              <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.started}</th>
              <th className={classNames(HEAD, "text-right")}>{texts.jobsDone}</th>
              <th className={classNames(HEAD, "hidden text-right sm:table-cell")}>
                {texts.memory}
              </th>
            </tr>
          </thead>
          <tbody>
            {workers.map((it) => (
              <tr key={it.name}>
                <td className={classNames(CELL_DENSE, NAME)} title={it.name}>
                  {it.name}
                </td>
                <td className={classNames(CELL_DENSE, "whitespace-nowrap")}>
                  <Moment at={it.seen_at} />
                </td>
                <td className={classNames(CELL_DENSE, "hidden whitespace-nowrap sm:table-cell")}>
                  <Moment at={it.started_at} />
                </td>
                <Figure value={it.jobs_done} />
                <td className={classNames(CELL_DENSE, FIGURE, "hidden sm:table-cell")}>
                  {megabytes(it.memory_bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface FigureProps {
  value: number | null;
  isBad?: boolean;
  isWideOnly?: boolean;
}

function Figure({ value, isBad = false, isWideOnly = false }: FigureProps) {
  return (
    <td
      className={classNames(
        CELL_DENSE,
        FIGURE,
        isWideOnly && "hidden sm:table-cell",
        isBad ? "text-failed" : !value && "text-ink-faint",
      )}
    >
      {value === null ? "–" : count(value)}
    </td>
  );
}

function NotKnown({ children }: { children: string }) {
  return <p className="border-line border-t px-4 py-3 text-ink-soft sm:px-8">{children}</p>;
}
