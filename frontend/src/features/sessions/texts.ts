/** The page of signed-in browsers. */
export const texts = {
  sessions: "Sessions",
  browser: "Browser",
  token: "API token",
  address: "IP address",
  since: "Signed in",
  seen: "Last seen",
  actions: "Actions",
  unknownBrowser: "Unknown browser",
  on: (browser: string, system: string) => `${browser} on ${system}`,
  thisBrowser: "This browser",
  about:
    "Browsers that are signed in. A session ends after 14 days without use, after 90 days in any case, and when its API token is revoked.",
  signOut: "Sign out",
  signOutIt: (browser: string, address: string) => `Sign out ${browser}, ${address}`,
  signOutTitle: (browser: string) => `Sign out ${browser}?`,
  signOutAbout: (address: string) =>
    `Whoever uses it, from ${address}, has to sign in again. Text that is not saved yet stays on their page until then.`,
  signOutOthers: "Sign out all others",
  othersTitle: (count: number) =>
    count === 1 ? "Sign out 1 other browser?" : `Sign out ${count} other browsers?`,
  othersAbout: "Whoever uses them has to sign in again. This browser stays signed in.",
  signedOut: (count: number) =>
    count === 1 ? "Signed out 1 browser." : `Signed out ${count} browsers.`,
  none: "Nobody needs to sign in",
  noneAbout:
    "This server has no API tokens, so everybody who can reach it has access. Other machines cannot reach it.",
};
