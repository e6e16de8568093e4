import Link from "next/link";
import { Empty } from "@/shared/ui/states";

export default function NotFound() {
  return (
    <main>
      <Empty
        title="There is no such page"
        action={
          <Link href="/" className="font-medium text-accent underline">
            Go home
          </Link>
        }
      >
        The address may be mistyped, or what it showed was deleted.
      </Empty>
    </main>
  );
}
