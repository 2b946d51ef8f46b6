import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import type { Session } from "../state/session.ts";
import { applyAction, type CodeAction, codeActions } from "./code-actions.ts";
import { positionOf } from "./marks.ts";

const show = StateEffect.define<Tooltip | null>();

const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged ? null : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/** `Ctrl+.` offers what mends the place of the cursor, as the language server knows it. */
export function fixMenu(session: Session): Extension {
  const open = (view: EditorView) => {
    void offer(session, view);
    return true;
  };
  return [shown, keymap.of([{ key: "Mod-.", run: open, preventDefault: true }])];
}

async function offer(session: Session, view: EditorView): Promise<void> {
  const { from, to, head } = view.state.selection.main;
  const range = { start: positionOf(view, from), end: positionOf(view, to) };
  const actions = await codeActions(session, range).catch(() => []);
  if (!actions.length) {
    session.host.notify({ level: "info", text: "There is nothing to mend here." });
    return;
  }
  const close = () => {
    view.dispatch({ effects: show.of(null) });
    view.focus();
  };
  const dom = menuOf(actions, close, (action) => {
    close();
    applyAction(session, action);
  });
  view.dispatch({
    effects: show.of({ pos: head, create: () => ({ dom, mount: focusFirst(dom) }) }),
  });
}

function focusFirst(dom: HTMLElement): () => void {
  return () => requestAnimationFrame(() => dom.querySelector("button")?.focus());
}

/** A menu with the keys that menus have. */
function menuOf(
  actions: readonly CodeAction[],
  close: () => void,
  choose: (action: CodeAction) => void,
): HTMLElement {
  const menu = document.createElement("div");
  menu.className = "menu fixes";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "What can be done here");
  const buttons = actions.map((action) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.title;
    button.setAttribute("role", "menuitem");
    button.addEventListener("click", () => choose(action));
    return button;
  });
  menu.append(...buttons);
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp") buttons[Math.max(at - 1, 0)]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return menu;
}
