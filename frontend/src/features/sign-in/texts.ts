/** The sign-in page. */
export const texts = {
  title: "Sign in to EmailBuilder",
  apiToken: "API token",
  signIn: "Sign in",
  tokenFrom: "Use an API token. The command",
  tokenPrinted: "prints a sign\u2011in link; on a team's server, tokens are set in",
};
