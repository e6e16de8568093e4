/**
 * What most pages are made of. Imported by the frame around every page, it comes once, with the
 * frame: the bundler would put a copy into each page's chunk instead.
 */
import "@/shared/shell/page-header";
import "@/shared/time/moment";
import "@/shared/ui/confirm";
import "@/shared/ui/menu";
import "@/shared/ui/states";
import "@/shared/ui/status";
