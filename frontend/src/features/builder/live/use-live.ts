"use client";

import { useEffect } from "react";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { leftBy, NO_FIGURES, type NodeFigures } from "@/entities/flow/figures";
import { api, ask } from "@/shared/api/client";
import { isGone } from "@/shared/api/problem";
import { count, percent } from "@/shared/numbers";
import { useSaver, useWorkbench } from "../context";
import { type LiveState, laidOver, nodesOf } from "./live-store";

const EVERY_MS = 1_000;
/** The interval while nothing answers. */
const EVERY_STALE_MS = 5_000;

export function useLive<T>(choose: (live: LiveState) => T): T {
  return useStore(useWorkbench().live, choose);
}

/** The canvas shows counts. */
export function useIsLive(): boolean {
  return useLive((it) => it.isOn);
}

export function useFigures(id: string): NodeFigures | undefined {
  return useLive((it) => (it.version === null ? it.nodes : it.versionNodes)[id]);
}

const WIDTH_MIN = 1.5;
const WIDTH_MAX = 6;

/** An edge's thickness and label. null if nothing is counted. */
export function useEdgeFigures(from: string, port: string): { width: number; text: string } | null {
  return useLive(
    useShallow((it) => {
      if (!it.isOn || it.version !== null) {
        return null;
      }
      const figures = it.nodes[from];
      const left = leftBy(figures ?? NO_FIGURES, port);
      const entered = figures?.counts.entered ?? 0;
      const most = mostEntered(it);
      const width = WIDTH_MIN + (most > 0 ? (WIDTH_MAX - WIDTH_MIN) * (left / most) : 0);
      return {
        width: Math.round(width * 10) / 10,
        text: it.isPercent ? percent(left, entered) : count(left),
      };
    }),
  );
}

const known = new WeakMap<LiveState["nodes"], number>();

function mostEntered({ nodes }: LiveState): number {
  let most = known.get(nodes);
  if (most === undefined) {
    most = Math.max(0, ...Object.values(nodes).map((it) => it.counts.entered ?? 0));
    known.set(nodes, most);
  }
  return most;
}

/** Requests the changes once a second while the page is visible and shows counts, or the campaign
 * is about to start. */
export function usePolling(): void {
  const { live, saver, campaignId } = useWorkbench();
  const isScheduled = useSaver((it) => it.kept.campaign.status === "scheduled");
  const isOn = useIsLive() || isScheduled;
  // Another version is asked for at once.
  const version = useLive((it) => it.version);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!isOn) {
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const poll = async () => {
      if (document.visibilityState === "visible") {
        try {
          const { revision: since, version } = live.getState();
          const view = await ask(
            api.GET("/api/v1/campaigns/{campaign_id}/live", {
              params: { path: { campaign_id: campaignId }, query: { since, version } },
            }),
          );
          const own = view.versions.find((it) => it.version === version);
          live.setState((it) => ({
            ...laidOver(it, view.changed),
            isStale: false,
            versions: view.versions,
            ...(it.version === version ? { versionNodes: nodesOf(own) } : {}),
          }));
          const { status, pause_reason } = view;
          const shown = saver.store.getState().kept.campaign;
          if (status !== shown.status || pause_reason !== shown.pause_reason) {
            saver.adopt({ status, pause_reason });
          }
        } catch (problem) {
          live.setState({ isStale: true });
          if (isGone(problem)) {
            saver.lose();
            return;
          }
        }
      }
      if (!isOver) {
        timer = setTimeout(poll, live.getState().isStale ? EVERY_STALE_MS : EVERY_MS);
      }
    };
    const onVisible = () => {
      if (document.visibilityState === "visible") {
        clearTimeout(timer);
        void poll();
      }
    };
    void poll();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [isOn, live, saver, campaignId, version]);
}
