"use client";

import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useMemo } from "react";
import { toast } from "sonner";
import { exportAsJson } from "@/entities/campaign/export";
/** The open flow as a file: as JSON for another campaign, as a picture for people. */
import { problemText } from "@/shared/api/problem";
import { fileName, saveFile } from "@/shared/save-file";
import { useWorkbench } from "./context";
import { texts } from "./texts";

export function useExports(): { asJson: () => void; asPicture: () => void } {
  const { campaignId, saver } = useWorkbench();
  const flow = useReactFlow();
  const store = useStoreApi();
  return useMemo(() => {
    const json = async () => {
      if (!(await saver.flush())) {
        throw new Error(texts.notSavedExport);
      }
      await exportAsJson(campaignId);
    };
    const picture = async () => {
      const { pictureOf } = await import("./picture/picture");
      const root = store.getState().domNode;
      if (!root) {
        throw new Error(texts.notReady);
      }
      const drawn = flow.getNodes();
      const { png, scale } = await pictureOf({
        root,
        cards: drawn.map(({ position, width = 0, height = 0 }) => ({ ...position, width, height })),
        nodes: drawn.filter((it) => it.type === "card").length,
      });
      saveFile(png, fileName(saver.store.getState().kept.campaign.name, "png"));
      return scale > 1 ? texts.pictureDone : texts.pictureSmall;
    };
    return {
      asJson: () => void json().catch((problem) => toast.error(problemText(problem))),
      asPicture: () => {
        toast.promise(picture(), {
          loading: texts.drawing,
          success: (done) => done,
          error: (problem) => problemText(problem),
        });
      },
    };
  }, [campaignId, saver, flow, store]);
}
