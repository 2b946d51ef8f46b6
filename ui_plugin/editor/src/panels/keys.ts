import { useEffect, useMemo } from "react";
import type { Session } from "../state/session.ts";
import { type Command, commandsOf } from "./commands.ts";
import { walk } from "./walk.ts";

/** `Ctrl+Shift+Z` for a key event; Command counts as Ctrl. */
export function chord(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const symbol = event.key.length === 1 && !/[a-z0-9]/i.test(event.key);
  return [
    event.ctrlKey || event.metaKey ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    event.shiftKey && !symbol ? "Shift" : "",
    key,
  ]
    .filter(Boolean)
    .join("+");
}

/** The keys of the page. A field keeps its own keys, but for commands that hold everywhere. */
export function useKeys(session: Session, save: () => void): readonly Command[] {
  const commands = useMemo(() => commandsOf(session, save), [session, save]);
  useEffect(() => {
    const byKey = new Map(
      commands.flatMap((command) => command.keys.map((key) => [key, command] as const)),
    );
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      const typing = isTyping(event.target);
      const command = byKey.get(chord(event));
      if (command && (command.everywhere || !typing)) obey(session, command, event);
      else if (!typing && onCanvas(event.target) && walk(session, event)) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [commands, session]);
  return commands;
}

function obey(session: Session, command: Command, event: KeyboardEvent): void {
  if (!applies(command, event)) return;
  event.preventDefault();
  if (command.edits && !session.state.get().mayEdit) return;
  if (command.id === "save") {
    finishTyping();
    // The form hands on what was typed after this event.
    setTimeout(command.run);
  } else command.run();
}

/** What is typed into a field becomes an edit when the field is left: a save must not come before. */
function finishTyping(): void {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
  field.blur();
  field.focus();
}

/** Keys that the page itself has a use for are ours only on the canvas. */
function applies(command: Command, event: KeyboardEvent): boolean {
  if (event.key === "Backspace")
    return onCanvas(event.target) && document.activeElement !== document.body;
  if (command.id === "copy") return !window.getSelection()?.toString();
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function onCanvas(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target === document.body || target.closest(".canvas") !== null;
}
