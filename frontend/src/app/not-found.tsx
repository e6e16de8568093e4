import Link from "next/link";
import { Empty } from "@/shared/ui/states";
import { texts } from "./texts";

export default function NotFound() {
  return (
    <main>
      <Empty
        title={texts.noPage}
        action={
          <Link href="/" className="font-medium text-accent underline">
            {texts.goHome}
          </Link>
        }
      >
        {texts.noPageAbout}
      </Empty>
    </main>
  );
}
