import Link from "next/link";
import { LaterLink } from "@/shared/shell/later-link";
import { Empty } from "@/shared/ui/states";

export function CampaignsLink() {
  return (
    <LaterLink href="/campaigns" className="hover:underline">
      Campaigns
    </LaterLink>
  );
}

/** Never was, or somebody has deleted it: `message` is the API's. */
export function NoCampaign({ message }: { message: string }) {
  return (
    <Empty
      title="There is no such campaign"
      action={
        <Link href="/campaigns" className="font-medium text-accent underline">
          See the campaigns
        </Link>
      }
    >
      {message} It may have been deleted, or the address is mistyped.
    </Empty>
  );
}
