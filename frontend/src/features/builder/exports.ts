"use client";

import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useMemo } from "react";
import { toast } from "sonner";
import { exportAsJson } from "@/entities/campaign/export";
/** The open flow as a file: as JSON for another campaign, as a picture for people. */
import { problemText } from "@/shared/api/problem";
import { fileName, saveFile } from "@/shared/save-file";
import { useWorkbench } from "./context";

export function useExports(): { asJson: () => void; asPicture: () => void } {
  const { campaignId, saver } = useWorkbench();
  const flow = useReactFlow();
  const store = useStoreApi();
  return useMemo(() => {
    const json = async () => {
      if (!(await saver.flush())) {
        throw new Error("The flow is not saved yet, so it is not exported.");
      }
      await exportAsJson(campaignId);
    };
    const picture = async () => {
      const { pictureOf } = await import("./picture/picture");
      const root = store.getState().domNode;
      if (!root) {
        throw new Error("The canvas is not there yet: try again in a moment.");
      }
      const drawn = flow.getNodes();
      const { png, scale } = await pictureOf({
        root,
        cards: drawn.map(({ position, width = 0, height = 0 }) => ({ ...position, width, height })),
        nodes: drawn.filter((it) => it.type === "card").length,
      });
      saveFile(png, fileName(saver.store.getState().kept.campaign.name, "png"));
      return scale > 1
        ? "The picture is among your downloads"
        : "The picture is among your downloads, at single size: browsers draw none larger";
    };
    return {
      asJson: () => void json().catch((problem) => toast.error(problemText(problem))),
      asPicture: () => {
        toast.promise(picture(), {
          loading: "Drawing the picture …",
          success: (done) => done,
          error: (problem) => problemText(problem),
        });
      },
    };
  }, [campaignId, saver, flow, store]);
}
