"use client";

import { Image } from "lucide-react";
import dynamic from "next/dynamic";
import { useRef, useState } from "react";
import { toast } from "sonner";
import { readable } from "@/entities/flow/merge-tags";
import type { Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { count } from "@/shared/numbers";
import { fileName, saveFile } from "@/shared/save-file";
import { Button } from "@/shared/ui/button";
import { CELL_DENSE, HEAD, TABLE } from "@/shared/ui/cells";
import { SectionTitle } from "@/shared/ui/section-title";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Segments, Select } from "../inspector/controls";
import { DownloadLink } from "./download-link";
import { momentOf } from "./moments";
import { overTimeCsvOf, type Unit, useOverTime } from "./requests";
import { texts } from "./texts";

const HEIGHT = "h-72";

/** Loaded on demand, because nothing else needs the library that draws it. */
const Chart = dynamic(() => import("./chart").then((it) => it.Chart), {
  ssr: false,
  loading: () => <div className={HEIGHT} />,
});

const SHOWN = ["sent", "bounced", "opened", "clicked", "unsubscribed", "complained"] as const;

interface OverTimeProps {
  campaignId: string;
  /** The campaign's. */
  name: string;
  emails: readonly Schemas["EmailResultView"][];
}

/** The figures of one e-mail or of all, by hour or by day: a chart and its table. */
export function OverTime({ campaignId, name, emails }: OverTimeProps) {
  const [email, setEmail] = useState("");
  const [unit, setUnit] = useState<Unit>("hour");
  const { data, error, refetch } = useOverTime(campaignId, email, unit);
  const drawn = useRef<HTMLDivElement>(null);
  const points = data?.points ?? [];
  const chosen = emails.find((it) => it.node_id === email);
  const what = chosen ? readable(chosen.name) : texts.all;
  const picture = async () => {
    try {
      const { pictureOf } = await import("./picture");
      if (drawn.current) {
        saveFile(await pictureOf(drawn.current), fileName(`${name} ${what}`, "png"));
        toast.success(texts.pictureDone);
      }
    } catch (problem) {
      toast.error(problemText(problem));
    }
  };
  return (
    <>
      <SectionTitle
        actions={
          points.length > 0 ? (
            <>
              <Button onClick={() => void picture()}>
                <Image size={16} aria-hidden /> {texts.picture}
              </Button>
              <DownloadLink href={overTimeCsvOf(campaignId, email, unit)} />
            </>
          ) : null
        }
      >
        {texts.overTime}
      </SectionTitle>
      <div className="flex flex-wrap items-center gap-3 px-4 pb-3 sm:px-8">
        <Select
          label={texts.which}
          value={email}
          options={[
            ["", texts.all],
            ...emails.map((it) => [it.node_id, readable(it.name)] as const),
          ]}
          onChange={setEmail}
          isOff={false}
          className="max-w-64"
        />
        <div className="w-64">
          <Segments
            label={texts.unit}
            value={unit}
            options={[
              ["hour", texts.hours],
              ["day", texts.days],
            ]}
            onChange={setUnit}
          />
        </div>
      </div>
      {error && !data ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <div className="px-8">
          <Skeleton lines={6} />
        </div>
      ) : points.length === 0 ? (
        <Empty title={texts.nothingYet} />
      ) : (
        <>
          <div
            ref={drawn}
            role="img"
            aria-label={texts.chart(
              what,
              sum(points, "sent"),
              sum(points, "opened"),
              sum(points, "clicked"),
            )}
            className="bg-canvas px-2 pt-2 sm:px-6"
          >
            <Chart
              points={points}
              unit={data.unit === "hour" ? "hour" : "day"}
              className={HEIGHT}
            />
          </div>
          <Points points={points} unit={data.unit === "hour" ? "hour" : "day"} />
        </>
      )}
    </>
  );
}

type Point = Schemas["PointView"];

function Points({ points, unit }: { points: readonly Point[]; unit: Unit }) {
  return (
    <div className="mt-4 overflow-x-auto">
      <table className={TABLE}>
        <thead>
          <tr>
            <th className={HEAD}>{unit === "hour" ? texts.from : texts.day}</th>
            {SHOWN.map((it) => (
              <th key={it} className={classNames(HEAD, "text-right", widthOf(it))}>
                {texts[it]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.at}>
              <th
                scope="row"
                className={classNames(CELL_DENSE, "whitespace-nowrap text-left font-normal")}
              >
                {momentOf(point.at, unit)}
              </th>
              {SHOWN.map((it) => (
                <td
                  key={it}
                  className={classNames(
                    CELL_DENSE,
                    "text-right tabular-nums",
                    widthOf(it),
                    point[it] === 0 && "text-ink-faint",
                  )}
                >
                  {count(point[it])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {unit === "day" ? (
        <p className="px-4 pt-2 text-caption text-ink-faint sm:px-8">{texts.dayZone}</p>
      ) : null}
    </div>
  );
}

/** A phone has room for three columns. */
function widthOf(what: (typeof SHOWN)[number]): string {
  return ["sent", "opened", "clicked"].includes(what) ? "" : "hidden md:table-cell";
}

function sum(points: readonly Point[], what: (typeof SHOWN)[number]): number {
  return points.reduce((all, it) => all + it[what], 0);
}
