import { texts } from "./texts";

/** Made of nothing that other pages are made of: what it imports is loaded with every page. */
export default function NotFound() {
  return (
    <main className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-16 text-center">
      <h1 className="font-semibold">{texts.noPage}</h1>
      <p className="text-ink-soft">{texts.noPageAbout}</p>
      <a href="/app" className="mt-3 font-medium text-accent underline">
        {texts.goHome}
      </a>
    </main>
  );
}
