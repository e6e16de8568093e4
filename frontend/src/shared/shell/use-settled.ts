"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

const LOOK_MS = 1_500;

/** Whether the page has loaded its data, so that prefetching may start. */
export function useSettled(): boolean {
  const queries = useQueryClient();
  const [isSettled, setIsSettled] = useState(false);
  useEffect(() => {
    let looking = setTimeout(function look() {
      if (queries.isFetching() > 0) {
        looking = setTimeout(look, LOOK_MS);
      } else {
        setIsSettled(true);
      }
    }, LOOK_MS);
    return () => clearTimeout(looking);
  }, [queries]);
  return isSettled;
}
