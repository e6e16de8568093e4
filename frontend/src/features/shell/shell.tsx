"use client";

import { LogOut, Moon, PanelLeftClose, PanelLeftOpen, Search, Sun } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTheme } from "next-themes";
import { type ReactNode, useSyncExternalStore } from "react";
import { toast } from "sonner";
import { api, ask } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { LaterLink } from "@/shared/shell/later-link";
import { useStored } from "@/shared/shell/use-stored";
import { Logo } from "@/shared/ui/logo";
import { AboutDialog, openAbout } from "./about-dialog";
import "./common-parts";
import { CommandPalette, openPalette } from "./command-palette";
import { HeldBanner } from "./held-banner";
import { PLACES, type Place, SESSIONS } from "./places";
import { ReachBanner } from "./reach-banner";
import { SignedOut } from "./signed-out";
import { texts } from "./texts";

const ROW =
  "flex h-9 w-full items-center gap-3 rounded-control px-2.5 text-ink-soft transition-colors hover:bg-sunken hover:text-ink";

/**
 * Exported pages are built for the id `_` and before anything is known about the viewer, so their
 * content would differ from the first render. Pages start once React has taken over.
 */
const never = () => () => undefined;
const there = () => true;
const notYet = () => false;

async function signOut(): Promise<void> {
  try {
    await ask(api.DELETE("/api/v1/session"));
    window.location.assign("/app/sign-in");
  } catch (problem) {
    toast.error(texts.stillSignedIn(problemText(problem)));
  }
}

/** The rail on the left and the page beside it. */
export function Shell({ children }: { children: ReactNode }) {
  const here = usePathname();
  const [rail, setRail] = useStored("rail", "open");
  const { resolvedTheme, setTheme } = useTheme();
  const isOpen = rail === "open";
  const isHydrated = useSyncExternalStore(never, there, notYet);
  const label = labelClass(isOpen);
  return (
    <div className="flex h-full">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-control focus:bg-raised focus:px-3 focus:py-2"
      >
        {texts.skipToPage}
      </a>
      <nav
        aria-label={texts.mainNavigation}
        className={classNames(
          "flex shrink-0 flex-col gap-1 border-line border-r p-2",
          isOpen ? "w-14 sm:w-55" : "w-14",
        )}
      >
        <button
          type="button"
          title={texts.about}
          className="flex h-10 items-center gap-2 rounded-control px-2 font-semibold hover:bg-sunken"
          onClick={openAbout}
        >
          <Logo size={22} />
          <span className={label}>{texts.product}</span>
        </button>
        <button type="button" className={ROW} onClick={openPalette} title={texts.searchTitle}>
          <Search size={16} className="shrink-0" aria-hidden />
          <span className={classNames(label, "flex-1 text-left")}>{texts.search}</span>
          {isOpen ? (
            <kbd className="hidden font-sans text-caption text-ink-faint sm:inline">Ctrl K</kbd>
          ) : null}
        </button>
        <ul className="mt-2 flex flex-col gap-0.5">
          {PLACES.map((it) => (
            <li key={it.href}>
              <RailLink place={it} here={here} isOpen={isOpen} />
            </li>
          ))}
        </ul>
        <div className="mt-auto flex flex-col gap-0.5">
          <button
            type="button"
            className={ROW}
            onClick={() => setTheme(resolvedTheme === "dark" ? "light" : "dark")}
          >
            <Sun size={16} className="hidden shrink-0 dark:block" aria-hidden />
            <Moon size={16} className="shrink-0 dark:hidden" aria-hidden />
            <span className={label}>
              <span className="dark:hidden">{texts.dark}</span>
              <span className="hidden dark:inline">{texts.light}</span>
            </span>
          </button>
          <RailLink place={SESSIONS} here={here} isOpen={isOpen} />
          <button type="button" className={ROW} onClick={signOut}>
            <LogOut size={16} className="shrink-0" aria-hidden />
            <span className={label}>{texts.signOut}</span>
          </button>
          <button
            type="button"
            className={classNames(ROW, "max-sm:hidden")}
            aria-expanded={isOpen}
            onClick={() => setRail(isOpen ? "closed" : "open")}
          >
            {isOpen ? (
              <PanelLeftClose size={16} className="shrink-0" aria-hidden />
            ) : (
              <PanelLeftOpen size={16} className="shrink-0" aria-hidden />
            )}
            <span className={label}>{isOpen ? texts.collapse : texts.expand}</span>
          </button>
        </div>
      </nav>
      <main
        id="page"
        className="flex min-w-0 flex-1 flex-col overflow-hidden outline-none"
        tabIndex={-1}
      >
        <ReachBanner />
        <HeldBanner />
        <SignedOut />
        {isHydrated ? children : null}
      </main>
      <CommandPalette />
      <AboutDialog />
    </div>
  );
}

/** Narrow screens only have room for the icons, whatever was chosen. */
function labelClass(isOpen: boolean): string {
  return isOpen ? "max-sm:sr-only" : "sr-only";
}

interface RailLinkProps {
  place: Place;
  here: string;
  isOpen: boolean;
}

function RailLink({ place: { name, href, icon: Icon }, here, isOpen }: RailLinkProps) {
  const isHere = href === "/" ? here === "/" : here.startsWith(href);
  return (
    <LaterLink
      href={href}
      title={isOpen ? undefined : name}
      aria-current={isHere ? "page" : undefined}
      className={classNames(
        ROW,
        isHere &&
          "relative bg-accent-soft font-medium text-ink before:absolute before:inset-y-2 before:left-0 before:w-[3px] before:rounded-full before:bg-accent hover:bg-accent-soft",
      )}
    >
      <Icon size={16} className="shrink-0" aria-hidden />
      <span className={labelClass(isOpen)}>{name}</span>
    </LaterLink>
  );
}
