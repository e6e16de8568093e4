/** What a person decided about a file, and the parameters of the API that say it. Pure. */
import type { Schemas } from "@/shared/api/client";
import type { FieldProblem } from "@/shared/api/problem";

export type Question = Schemas["QuestionView"];

/** By the question's key. */
export type Decisions = Readonly<Record<string, string>>;

export interface Parameters {
  sheet?: string;
  encoding?: string;
  header_line?: number;
  address_column?: number;
  date_order?: string[];
  known?: Known;
}

/** What happens to contacts that the campaign has already. */
export type Known = Schemas["PolicyView"]["known"];

export const KNOWN = "known";
export const SHEET = "sheet";

const DATE_ORDER = "date_order";

export function keyOf({ field, column }: Pick<Question, "field" | "column">): string {
  return column ? `${field}.${column}` : field;
}

export function parametersOf(decisions: Decisions): Parameters {
  const found: Parameters = {};
  for (const [key, value] of Object.entries(decisions)) {
    if (key.startsWith(`${DATE_ORDER}.`)) {
      const column = key.slice(DATE_ORDER.length + 1);
      found.date_order = [...(found.date_order ?? []), `${column}:${value}`];
    } else if (key === SHEET || key === "encoding") {
      found[key] = value;
    } else if (key === "header_line" || key === "address_column") {
      found[key] = Number(value);
    } else if (key === KNOWN && value === "update") {
      found.known = value;
    }
  }
  return found;
}

/** As the query of a URL; empty if nothing was decided. */
export function queryOf(decisions: Decisions): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parametersOf(decisions))) {
    for (const item of Array.isArray(value) ? value : [value]) {
      query.append(name, String(item));
    }
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** The questions in the order in which they came; one that comes again replaces itself. */
export function joined(known: readonly Question[], found: readonly Question[]): Question[] {
  const byKey = new Map(known.map((it) => [keyOf(it), it]));
  for (const question of found) {
    byKey.set(keyOf(question), question);
  }
  return [...byKey.values()];
}

/** Questions that only the whole file leaves open, from the refusal of an import. */
export function questionsIn(errors: readonly FieldProblem[]): Question[] {
  return errors.flatMap(({ field, code, message }) =>
    code === "date_order_doubtful" && field
      ? [
          {
            code,
            message,
            field: DATE_ORDER,
            column: field.slice(DATE_ORDER.length + 1),
            proposed: "dmy",
            choices: [
              { value: "dmy", label: "" },
              { value: "mdy", label: "" },
            ],
          },
        ]
      : [],
  );
}
