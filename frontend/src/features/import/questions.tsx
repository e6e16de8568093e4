"use client";

import { useId } from "react";
import { type Decisions, keyOf, type Question, SHEET } from "./policy";
import { texts } from "./texts";

interface QuestionsProps {
  questions: readonly Question[];
  decisions: Decisions;
  onAnswer: (question: Question, value: string) => void;
}

/** What the file does not show, to be decided before it is imported. */
export function Questions({ questions, decisions, onAnswer }: QuestionsProps) {
  if (questions.length === 0) {
    return null;
  }
  return (
    <section
      aria-label={texts.questions(questions.length)}
      className="flex flex-col gap-5 rounded-control border border-line-strong px-4 py-3"
    >
      <h2 className="font-semibold">{texts.questions(questions.length)}</h2>
      {questions.map((question) => (
        <Choices
          key={keyOf(question)}
          question={question}
          answer={decisions[keyOf(question)]}
          onAnswer={(value) => onAnswer(question, value)}
        />
      ))}
    </section>
  );
}

interface ChoicesProps {
  question: Question;
  answer: string | undefined;
  onAnswer: (value: string) => void;
}

function Choices({ question, answer, onAnswer }: ChoicesProps) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-dense text-ink-soft" dir="auto">
        {texts.asked[question.code] ?? question.message}
      </legend>
      {question.choices.map(({ value, label }) => (
        <label key={value} className="flex cursor-pointer items-baseline gap-2 text-dense">
          <input
            type="radio"
            name={name}
            className="translate-y-0.5 accent-accent"
            checked={answer === value}
            onChange={() => onAnswer(value)}
          />
          <ChoiceText question={question} value={value} label={label} />
        </label>
      ))}
    </fieldset>
  );
}

function ChoiceText({
  question,
  value,
  label,
}: {
  question: Question;
  value: string;
  label: string;
}) {
  if (question.field === "header_line") {
    return <span dir="auto">{value === "0" ? texts.noHeaderRow : texts.headerRow(label)}</span>;
  }
  if (question.field === "encoding") {
    return (
      <span className="min-w-0 break-words">
        <bdi className="font-medium">{label}</bdi>{" "}
        <span className="text-ink-faint">{texts.encodings[value] ?? value}</span>
      </span>
    );
  }
  if (question.field === SHEET) {
    return (
      <span className="min-w-0 break-words">
        <bdi className="font-medium">{value}</bdi> <bdi className="text-ink-faint">{label}</bdi>
      </span>
    );
  }
  const order = texts.dateOrders[value];
  return (
    <span className="min-w-0 break-words" dir="auto">
      {label || order}
      {label && order ? <span className="text-ink-faint"> · {order}</span> : null}
    </span>
  );
}
