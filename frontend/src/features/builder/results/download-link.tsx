import { Download } from "lucide-react";
import { texts } from "./texts";

export function DownloadLink({ href }: { href: string }) {
  return (
    <a
      href={href}
      download
      className="inline-flex h-8 items-center gap-2 whitespace-nowrap rounded-control border border-line bg-raised px-3 font-medium hover:bg-sunken"
    >
      <Download size={16} aria-hidden /> {texts.download}
    </a>
  );
}
