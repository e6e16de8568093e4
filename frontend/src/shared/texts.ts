/** The texts of the parts that all pages share. */
export const texts = {
  pagePartMissing: "A part of this page is missing",
  pageFailed: "Something went wrong on this page",
  partAbout:
    "It could not be loaded: the server does not answer, or it was updated while this page was open. Reload the page.",
  failedAbout:
    "Your saved work is safe. Try again. If it happens again, send this to your administrator:",
  reload: "Reload",
  goHome: "Go home",
  showAgain: "Try again",
  close: "Close",
  keepIt: "Keep it",
  noAnswerTitle: "No answer from the server",
  failedTitle: "This did not work",
  tryAgain: "Try again",
  loading: "Loading",
  justNow: "just now",
  noAnswer:
    "The server does not answer. Your changes are kept on this page; try again in a moment.",
  notOurs:
    "Something other than this server answered, perhaps a network's sign-in page or a proxy. Check the address, then try again.",
  unavailable: (status: number) =>
    `The server is not available: a proxy answered ${status} in its place. It may be restarting; try again in a moment.`,
  tooMany: "Too many requests reach the server at the moment. Try again in a minute.",
  noReason: (status: number) =>
    `The server answered ${status} without a reason. Its log may say more.`,
};
