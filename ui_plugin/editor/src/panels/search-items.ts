import type { Diagnostic, TypeInfo } from "@mline/core";
import { showLine } from "../source/reveal.ts";
import * as gestures from "../state/gestures.ts";
import { selectNodes } from "../state/selection.ts";
import type { Session } from "../state/session.ts";
import type { Command } from "./commands.ts";
import { jumpTo } from "./Problems.tsx";

/** A thing that the search finds, and what Enter does with it. */
export interface Item {
  readonly key: string;
  readonly group: "Nodes" | "Commands" | "Problems" | "Add" | "Text";
  readonly text: string;
  readonly detail: string;
  readonly keys?: string;
  readonly run: () => void;
}

const MOST = 7;

/** One search over everything: nodes, commands, problems, types to add, lines of the text. */
export function findItems(
  session: Session,
  commands: readonly Command[],
  asked: string,
): readonly Item[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const { view, diagnostics, types, mayEdit } = session.state.get();
  const groups: readonly (readonly Item[])[] = [
    view.nodes
      .filter((node) => fits(`${node.name} ${node.type ?? ""} ${node.kind} ${node.title}`))
      .map((node) => ({
        key: node.id,
        group: "Nodes" as const,
        text: node.name,
        detail: [node.kind, node.type ?? ""].filter(Boolean).join(" · "),
        run: () => session.select(selectNodes([node.id], "search")),
      })),
    diagnostics
      .filter((one) => words.length && fits(`${one.message} ${one.code}`))
      .map((one, index) => problem(session, one, index)),
    commands
      .filter((command) => fits(command.title))
      .map((command) => ({
        key: `command:${command.id}`,
        group: "Commands" as const,
        text: command.title,
        detail: "",
        ...(command.keys[0] ? { keys: command.keys[0] } : {}),
        run: command.run,
      })),
    mayEdit && words.length
      ? gestures
          .usable(types)
          .filter((type) => fits(`${type.name} ${type.doc}`))
          .map((type) => adding(session, type))
      : [],
    words.length ? lines(session, fits) : [],
  ];
  return groups.flatMap((items) => items.slice(0, words.length ? MOST : 6));
}

function problem(session: Session, one: Diagnostic, index: number): Item {
  return {
    key: `problem:${index}`,
    group: "Problems",
    text: one.message,
    detail: `${one.code} · line ${one.range.start.line + 1}`,
    run: () => jumpTo(session, one),
  };
}

function adding(session: Session, type: TypeInfo): Item {
  return {
    key: `type:${type.name}`,
    group: "Add",
    text: type.name,
    detail: type.doc,
    run: () =>
      session.apply(
        gestures.addOfType(session.doc, session.state.get().view, type, session.state.get().types),
      ),
  };
}

function lines(session: Session, fits: (text: string) => boolean): readonly Item[] {
  return session.doc.text.split(/\r?\n/).flatMap((line, index) => {
    if (!line.trim() || !fits(line)) return [];
    const range = {
      start: { line: index, character: 0 },
      end: { line: index, character: line.length },
    };
    return [
      {
        key: `line:${index}`,
        group: "Text" as const,
        text: line.trim(),
        detail: `line ${index + 1}`,
        run: () => showLine(session, range, true),
      },
    ];
  });
}
