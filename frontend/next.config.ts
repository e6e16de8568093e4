import type { NextConfig } from "next";

// One code, two builds: exported files that the gateway serves under /app (`make run`), and a server
// of its own for compose, which hands the API on to the backend so that both have one origin.
const isExport = process.env.FRONTEND_BUILD === "export";
const backend = process.env.BACKEND_URL ?? "http://backend:8000";

/** For the server of its own; exported pages get theirs, stricter by digests, from the gateway. */
const HEADERS = [
  {
    key: "Content-Security-Policy",
    value:
      "object-src 'none'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
  },
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Referrer-Policy", value: "no-referrer" },
];

const config: NextConfig = {
  basePath: "/app",
  output: isExport ? "export" : "standalone",
  reactStrictMode: true,
  poweredByHeader: false,
  agentRules: false,
  images: { unoptimized: true },
  ...(isExport
    ? {}
    : {
        rewrites: async () => [
          { source: "/api/:path*", destination: `${backend}/api/:path*`, basePath: false },
          {
            source: "/inbox/api/:path*",
            destination: `${backend}/inbox/api/:path*`,
            basePath: false,
          },
        ],
        headers: async () => [{ source: "/:path*", headers: HEADERS }],
        redirects: async () => [
          { source: "/", destination: "/app", permanent: false, basePath: false },
        ],
      }),
};

export default config;
