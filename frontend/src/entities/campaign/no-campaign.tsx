import Link from "next/link";
import { LaterLink } from "@/shared/shell/later-link";
import { Empty } from "@/shared/ui/states";
import { texts } from "./texts";

export function CampaignsLink() {
  return (
    <LaterLink href="/campaigns" className="hover:underline">
      {texts.campaigns}
    </LaterLink>
  );
}

/** The campaign never existed, or was deleted. `message` is the API's. */
export function NoCampaign({ message }: { message: string }) {
  return (
    <Empty
      title={texts.gone}
      action={
        <Link href="/campaigns" className="font-medium text-accent underline">
          {texts.seeCampaigns}
        </Link>
      }
    >
      {message} {texts.goneAbout}
    </Empty>
  );
}
