import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

// One code base, two builds: exported files that the gateway serves under /app (`make run`), and a
// separate server for compose, where server/start.mjs forwards the API and sets what pages may run.
const isExport = process.env.FRONTEND_BUILD === "export";
const backend = process.env.BACKEND_URL ?? "http://127.0.0.1:8000";

const config: NextConfig = {
  basePath: "/app",
  output: isExport ? "export" : "standalone",
  reactStrictMode: true,
  poweredByHeader: false,
  agentRules: false,
  images: { unoptimized: true },
};

const served: NextConfig = {
  ...config,
  // Its container's files are read-only, and there is nothing to cache: every page is built
  // already.
  experimental: { isrFlushToDisk: false },
  redirects: async () => [{ source: "/", destination: "/app", permanent: false, basePath: false }],
};

/** During development (`next dev`), a rewrite forwards the API, with bodies up to 10 MB. */
const developed: NextConfig = {
  ...served,
  rewrites: async () =>
    ["/api/:path*", "/inbox/api/:path*"].map((source) => ({
      source,
      destination: `${backend}${source}`,
      basePath: false,
    })),
};

export default (phase: string): NextConfig => {
  if (phase === PHASE_DEVELOPMENT_SERVER) {
    return developed;
  }
  return isExport ? config : served;
};
