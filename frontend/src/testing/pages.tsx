/** The pages of the interface, opened by their address in a window of jsdom, against a FakeApi. */
import { act, cleanup, configure, fireEvent, render } from "@testing-library/react";
import {
  AppRouterContext,
  type AppRouterInstance,
} from "next/dist/shared/lib/app-router-context.shared-runtime";
import {
  PathnameContext,
  SearchParamsContext,
} from "next/dist/shared/lib/hooks-client-context.shared-runtime";
import { Component, type ReactNode, useMemo, useSyncExternalStore } from "react";
import { toast } from "sonner";
import { afterEach, beforeEach, vi } from "vitest";
import ImportPage from "@/app/(shell)/campaigns/[id]/import/page";
import LeadPage from "@/app/(shell)/campaigns/[id]/leads/[lead]/page";
import LeadsPage from "@/app/(shell)/campaigns/[id]/leads/page";
import CampaignPage from "@/app/(shell)/campaigns/[id]/page";
import CampaignsPage from "@/app/(shell)/campaigns/page";
import DoNotContactPage from "@/app/(shell)/do-not-contact/page";
import ErrorPage from "@/app/(shell)/error";
import InboxPage from "@/app/(shell)/inbox/page";
import ShellLayout from "@/app/(shell)/layout";
import HomePage from "@/app/(shell)/page";
import RestoredPage from "@/app/(shell)/restored/page";
import SessionsPage from "@/app/(shell)/sessions/page";
import SystemPage from "@/app/(shell)/system/page";
import { useReach } from "@/shared/api/reach";
import { Providers } from "@/shared/shell/providers";
import { DRAFT_ID, LIVE_ID } from "./fake-answers";
import { FakeApi } from "./fake-api";
import { layOut } from "./layout";
import { leadTo } from "./network";

/** The prefix of every page; hooks of the router omit it. */
const ROOT = "/app";

const ROUTES: [RegExp, () => ReactNode][] = [
  [/^\/$/, () => <HomePage />],
  [/^\/campaigns$/, () => <CampaignsPage />],
  [/^\/campaigns\/[^/]+$/, () => <CampaignPage />],
  [/^\/campaigns\/[^/]+\/leads$/, () => <LeadsPage />],
  [/^\/campaigns\/[^/]+\/leads\/[^/]+$/, () => <LeadPage />],
  [/^\/campaigns\/[^/]+\/import$/, () => <ImportPage />],
  [/^\/do-not-contact$/, () => <DoNotContactPage />],
  [/^\/inbox$/, () => <InboxPage />],
  [/^\/restored$/, () => <RestoredPage />],
  [/^\/sessions$/, () => <SessionsPage />],
  [/^\/system$/, () => <SystemPage />],
];

/** Each kind of page by name, with text that is on it once it has loaded completely. */
export const PAGES = {
  home: { path: "/", text: "Sent today" },
  campaigns: { path: "/campaigns", text: "Autumn offer" },
  builder: { path: `/campaigns/${DRAFT_ID}`, text: "Contacts enter" },
  live: { path: `/campaigns/${LIVE_ID}`, text: "No wait has ended yet" },
  results: { path: `/campaigns/${LIVE_ID}?view=results`, text: "Branches side by side" },
  leads: { path: `/campaigns/${LIVE_ID}/leads`, text: "reader1@example.com" },
  lead: { path: `/campaigns/${LIVE_ID}/leads/lead_1`, text: "Position" },
  import: { path: `/campaigns/${DRAFT_ID}/import`, text: "Drop a CSV file or a workbook here" },
  doNotContact: { path: "/do-not-contact", text: "left@example.com" },
  inbox: { path: "/inbox", text: "reader1@example.com" },
  sessions: { path: "/sessions", text: "This browser" },
  system: { path: "/system", text: "Checks" },
} as const;

export type PageName = keyof typeof PAGES;

/** For each test of a file: a system, a manual clock, and nothing written to the console. */
export function fakeSystem(): { readonly api: FakeApi; said: string[] } {
  const system = { api: new FakeApi(), said: [] as string[] };
  configure({ asyncUtilTimeout: 60_000, getElementError: (message) => new Error(message ?? "") });
  // The testing library advances the time while it waits if it takes these timers for Jest's.
  Object.assign(globalThis, { jest: { advanceTimersByTime: vi.advanceTimersByTime } });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: TIMERS, now: new Date("2026-11-28T22:15:00Z") });
    layOut();
    system.api = new FakeApi();
    system.said = [];
    leadTo(system.api);
    useReach.setState({ isReachable: true, isSignedOut: false });
    vi.spyOn(console, "error").mockImplementation((...parts) => {
      const text = parts.map(String).join(" ");
      if (!OF_THE_THEME.test(text)) {
        system.said.push(text);
      }
    });
  });
  afterEach(() => {
    cleanup();
    leadTo(null);
    toast.dismiss();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    window.localStorage.clear();
  });
  return system;
}

/** It adds a script to a server-rendered page; here there is none. */
const OF_THE_THEME = /Encountered a script tag/;

const TIMERS: NonNullable<NonNullable<Parameters<typeof vi.useFakeTimers>[0]>["toFake"]> = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "requestAnimationFrame",
  "cancelAnimationFrame",
  "performance",
  "Date",
];

/** Opens an address as a browser does, whether or not a page was open before. */
export function openPage(path: string): void {
  cleanup();
  window.history.replaceState(null, "", `${ROOT}${path === "/" ? "" : path}`);
  render(
    <Addressed>
      <Providers>
        <ShellLayout>
          <Caught>
            <Page />
          </Caught>
        </ShellLayout>
      </Providers>
    </Addressed>,
  );
}

/** Reloads the address. */
export function reload(): void {
  openPage(address().slice(ROOT.length) || "/");
}

/** The window's address, with the query. */
export function address(): string {
  return `${window.location.pathname}${window.location.search}`;
}

/** Advances the time and waits until its effects have happened. */
export async function elapse(ms: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(ms));
}

/** Clicks as a mouse does: menus open on mouse down, and then keep the focus. */
export function press(element: HTMLElement): void {
  if (fireEvent.pointerDown(element, { button: 0 })) {
    fireEvent.mouseDown(element, { button: 0 });
    act(() => element.focus());
    fireEvent.mouseUp(element, { button: 0 });
  }
  fireEvent.pointerUp(element, { button: 0 });
  fireEvent.click(element, { button: 0 });
}

/** A double click: only what the first press draws at once is there at the second press. */
export function pressTwice(element: HTMLElement): void {
  fireEvent.click(element);
  fireEvent.click(element);
}

export function type(field: HTMLElement, value: string): void {
  fireEvent.change(field, { target: { value } });
}

/** Presses a key on the focused element. */
export function key(name: string, held: { ctrlKey?: boolean; shiftKey?: boolean } = {}): void {
  fireEvent.keyDown(document.activeElement ?? document.body, { key: name, ...held });
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

/** Next.js's router follows the window's history, whatever changes it. */
for (const name of ["pushState", "replaceState"] as const) {
  const write = window.history[name].bind(window.history);
  window.history[name] = (...given) => {
    write(...given);
    for (const listener of listeners) {
      listener();
    }
  };
}

function Addressed({ children }: { children: ReactNode }) {
  const here = useSyncExternalStore(subscribe, address);
  const { pathname, searchParams } = new URL(here, window.location.origin);
  const path = pathname.slice(ROOT.length) || "/";
  const query = searchParams.toString();
  const params = useMemo(() => new URLSearchParams(query), [query]);
  return (
    <AppRouterContext value={ROUTER}>
      <PathnameContext value={path}>
        <SearchParamsContext value={params}>{children}</SearchParamsContext>
      </PathnameContext>
    </AppRouterContext>
  );
}

const ROUTER: AppRouterInstance = {
  push: (href) => window.history.pushState(null, "", `${ROOT}${href}`),
  replace: (href) => window.history.replaceState(null, "", `${ROOT}${href}`),
  back: () => window.history.back(),
  forward: () => window.history.forward(),
  refresh: () => undefined,
  prefetch: () => undefined,
  bfcacheId: "",
};

function Page() {
  const here = useSyncExternalStore(subscribe, () => window.location.pathname);
  const path = here.slice(ROOT.length) || "/";
  const route = ROUTES.find(([pattern]) => pattern.test(path));
  if (!route) {
    throw new Error(`no page is known at ${here}`);
  }
  return <div key={path}>{route[1]()}</div>;
}

/** As Next.js does with `error.tsx`. */
class Caught extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    return error ? (
      <ErrorPage error={error} reset={() => this.setState({ error: null })} />
    ) : (
      this.props.children
    );
  }
}
