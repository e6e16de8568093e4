"use client";

import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect } from "react";
import { api, ask } from "@/shared/api/client";
import { onUsableAgain, quietMs, useReach } from "@/shared/api/reach";
import { texts } from "./texts";

const LOOK_AGAIN_MS = 3_000;
/** Checks the API even on pages without requests, so that the user learns of a problem before
 * work is lost. */
const QUIET_MS = 5_000;

/** The client reports the result to `useReach`. */
function look(): void {
  void ask(api.GET("/api/v1/session")).catch(() => undefined);
}

/** Checks whether the API can be used, and refreshes the page once it can be used again. */
function useLooking(): void {
  const isReachable = useReach((it) => it.isReachable);
  const isSignedOut = useReach((it) => it.isSignedOut);
  const queries = useQueryClient();
  useEffect(() => onUsableAgain(() => void queries.invalidateQueries()), [queries]);
  useEffect(() => {
    const looking = setInterval(() => {
      if (!isReachable || (document.visibilityState === "visible" && quietMs() > QUIET_MS)) {
        look();
      }
    }, LOOK_AGAIN_MS);
    return () => clearInterval(looking);
  }, [isReachable]);
  useEffect(() => {
    // The user may have signed in again in another tab.
    const onFocus = () => isSignedOut && look();
    window.addEventListener("focus", onFocus);
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("focus", onFocus);
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, [isSignedOut]);
}

/** A thin line while the API does not answer; it checks by itself whether it answers again. */
export function ReachBanner() {
  useLooking();
  const isReachable = useReach((it) => it.isReachable);
  return (
    <div role="status">
      {isReachable ? null : (
        <p className="flex items-center gap-2 bg-failed-soft px-4 py-1 text-dense text-failed sm:px-8">
          <CloudOff size={14} aria-hidden className="shrink-0" />
          {window.navigator.onLine ? texts.unreachable : texts.offline}
        </p>
      )}
    </div>
  );
}
