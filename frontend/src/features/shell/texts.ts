/** The frame around every page: rail, command palette, banners. */
export const texts = {
  searchOrGoTo: "Search or go to",
  searchPlaceholder: "Search or go to …",
  searchTitle: "Search or go to (Ctrl+K)",
  search: "Search",
  nothingFound: "No page, campaign or action has this name.",
  onThisPage: "On this page",
  goTo: "Go to",
  campaigns: "Campaigns",
  home: "Home",
  inbox: "Inbox",
  system: "System",
  unreachable:
    "The server does not answer. What you see may be out of date. This page reconnects by itself.",
  offline:
    "You are offline. What you see may be out of date. This page reconnects when you are back online.",
  skipToPage: "Skip to content",
  mainNavigation: "Main",
  product: "EmailBuilder",
  dark: "Dark",
  light: "Light",
  signOut: "Sign out",
  collapse: "Collapse",
  expand: "Expand",
  signedOutNote: "You are signed out. Nothing is loaded or saved until you sign in.",
  signIn: "Sign in",
  signedOut: "You are signed out",
  signedOutAbout:
    "Your session has expired, or its API token was revoked. Your work on this page is kept. Sign in to continue.",
  notNow: "Not now",
  tokenOrLink: "API token, or a sign-in link",
  stillSignedIn: (reason: string) => `You are still signed in. ${reason}`,
};
