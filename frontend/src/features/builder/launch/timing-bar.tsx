"use client";

import { instant, length } from "@/shared/time/format";
import { useNow } from "@/shared/time/now";
import { Notice } from "@/shared/ui/notice";
import { useSaver } from "../context";
import { texts } from "./texts";

const LATE_SECONDS = 120;
const TOLD_MS = 86_400_000;

/** When the campaign starts, that it waits for contacts, or that it started late. */
export function TimingBar() {
  const { status, launch_at, launched_at, ends_at } = useSaver((it) => it.kept.campaign);
  const nowMs = useNow();
  if (status === "scheduled" && launch_at) {
    return (
      <Bar>
        {texts.starts(instant(launch_at))} {texts.untilThen}
      </Bar>
    );
  }
  if (status === "waiting") {
    return <Bar>{ends_at ? texts.waitsUntil(instant(ends_at)) : texts.waitsForHand}</Bar>;
  }
  if (status === "running" && launch_at && launched_at) {
    const lateSeconds = (Date.parse(launched_at) - Date.parse(launch_at)) / 1000;
    if (lateSeconds > LATE_SECONDS && nowMs - Date.parse(launched_at) < TOLD_MS) {
      return <Bar>{texts.late(length(lateSeconds), instant(launched_at))}</Bar>;
    }
  }
  return null;
}

function Bar({ children }: { children: React.ReactNode }) {
  return (
    <div className="px-4 py-2 sm:px-8">
      <Notice hue="waiting">{children}</Notice>
    </div>
  );
}
