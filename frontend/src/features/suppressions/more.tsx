import { Button } from "@/shared/ui/button";
import { texts } from "./texts";

interface Listed {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** The button below a list that has more pages. */
export function More({ listed }: { listed: Listed }) {
  return listed.hasNextPage ? (
    <div className="flex justify-center px-8 py-6">
      <Button isBusy={listed.isFetchingNextPage} onClick={() => void listed.fetchNextPage()}>
        {texts.loadMore}
      </Button>
    </div>
  ) : null;
}
