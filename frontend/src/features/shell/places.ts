import {
  House,
  Inbox,
  type LucideIcon,
  Mail,
  MailX,
  MonitorSmartphone,
  Server,
} from "lucide-react";
import { texts } from "./texts";

export interface Place {
  name: string;
  href: string;
  icon: LucideIcon;
}

/** The rail, and the first entries of the command palette. */
export const PLACES: readonly Place[] = [
  { name: texts.home, href: "/", icon: House },
  { name: texts.campaigns, href: "/campaigns", icon: Mail },
  { name: texts.doNotContact, href: "/do-not-contact", icon: MailX },
  { name: texts.inbox, href: "/inbox", icon: Inbox },
  { name: texts.system, href: "/system", icon: Server },
];

/** Lower in the rail: what concerns signing in. */
export const SESSIONS: Place = {
  name: texts.sessions,
  href: "/sessions",
  icon: MonitorSmartphone,
};
