"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { ChangeDialog } from "@/entities/contact/change-dialog";
import { DeleteDialog } from "@/entities/contact/delete-dialog";
import { contactsKey } from "@/entities/contact/requests";
import { api, ask, type Schemas } from "@/shared/api/client";
import { classNames } from "@/shared/class-names";
import { Button } from "@/shared/ui/button";
import { CELL, HEAD, TABLE } from "@/shared/ui/cells";
import { Menu } from "@/shared/ui/menu";
import { SearchField } from "@/shared/ui/search-field";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { texts } from "./texts";

type Contact = Schemas["ContactView"];

const PAGE = 100;

/** `edition`: changes when contacts were imported. */
export function useContacts(campaignId: string, search: string, edition: number) {
  return useInfiniteQuery({
    queryKey: [...contactsKey(campaignId), "list", search, edition],
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/api/v1/campaigns/{campaign_id}/contacts", {
          params: {
            path: { campaign_id: campaignId },
            query: { limit: PAGE, ...(search ? { email: search } : { after_seq: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next_after_seq,
    placeholderData: (before) => before,
  });
}

interface ContactListProps {
  campaignId: string;
  edition: number;
  total: number;
}

/** Contacts before the launch: to find one, change it, delete it. */
export function ContactList({ campaignId, edition, total }: ContactListProps) {
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<[Contact, "change" | "delete"] | null>(null);
  const listed = useContacts(campaignId, search.trim(), edition);
  const loaded = useMemo(
    () => listed.data?.pages.flatMap((it) => it.contacts) ?? [],
    [listed.data],
  );
  const close = () => setChosen(null);
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-x-6 gap-y-2 border-line border-b px-4 py-2 sm:px-8">
        <SearchField
          label={texts.addressPrefix}
          placeholder={texts.addressPlaceholder}
          value={search}
          onChange={setSearch}
        />
        <p className="text-dense text-ink-soft">
          <span className="font-medium text-ink">{texts.waiting(total)}.</span>{" "}
          {texts.waitForLaunch}
        </p>
      </div>
      <div className="min-h-0 flex-1 overflow-auto">
        {listed.isPending ? (
          <div className="px-4 sm:px-8">
            <Skeleton lines={8} />
          </div>
        ) : listed.isError && loaded.length === 0 ? (
          <Failure error={listed.error} onRetry={() => void listed.refetch()} />
        ) : loaded.length === 0 ? (
          <Empty
            title={texts.noMatch}
            action={<Button onClick={() => setSearch("")}>{texts.clearFilters}</Button>}
          >
            {texts.noMatchAbout}
          </Empty>
        ) : (
          <table className={TABLE} aria-label={texts.contacts}>
            <thead>
              <tr>
                <th className={HEAD}>{texts.address}</th>
                <th className={classNames(HEAD, "hidden sm:table-cell")}>{texts.attributes}</th>
                <th className={classNames(HEAD, "w-8")}>
                  <span className="sr-only">{texts.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {loaded.map((it) => (
                <Row key={it.seq} contact={it} onAsk={(act) => setChosen([it, act])} />
              ))}
            </tbody>
          </table>
        )}
        {listed.hasNextPage ? (
          <div className="flex justify-center px-8 py-6">
            <Button isBusy={listed.isFetchingNextPage} onClick={() => void listed.fetchNextPage()}>
              {texts.loadMore}
            </Button>
          </div>
        ) : null}
      </div>
      {chosen?.[1] === "change" ? (
        <ChangeDialog
          campaignId={campaignId}
          seq={chosen[0].seq}
          email={chosen[0].email}
          onClose={close}
        />
      ) : null}
      {chosen?.[1] === "delete" ? (
        <DeleteDialog
          campaignId={campaignId}
          seq={chosen[0].seq}
          email={chosen[0].email}
          onClose={close}
        />
      ) : null}
    </>
  );
}

interface RowProps {
  contact: Contact;
  onAsk: (act: "change" | "delete") => void;
}

function Row({ contact, onAsk }: RowProps) {
  const known = Object.entries(contact.attributes).filter(([, it]) => it !== null && it !== "");
  return (
    <tr className="transition-colors hover:bg-sunken">
      <td className={classNames(CELL, "w-full max-w-0 sm:w-2/5")}>
        <span className="block truncate font-medium" title={contact.email}>
          {contact.email}
        </span>
      </td>
      <td className={classNames(CELL, "hidden w-3/5 max-w-0 sm:table-cell")}>
        <span className="block truncate text-dense">
          {known.length === 0 ? <span className="text-ink-faint">–</span> : null}
          {known.map(([name, value]) => (
            <span key={name} className="mr-4">
              <span className="text-ink-faint">{name}</span> <bdi>{String(value)}</bdi>
            </span>
          ))}
        </span>
      </td>
      <td className={CELL}>
        <Menu
          trigger={
            <Button kind="quiet" isSquare aria-label={texts.actionsOf(contact.email)}>
              <Ellipsis size={16} aria-hidden />
            </Button>
          }
          items={[
            {
              label: texts.change,
              icon: <Pencil size={16} aria-hidden />,
              onSelect: () => onAsk("change"),
            },
            {
              label: texts.delete,
              icon: <Trash2 size={16} aria-hidden />,
              onSelect: () => onAsk("delete"),
              isDangerous: true,
            },
          ]}
        />
      </td>
    </tr>
  );
}
