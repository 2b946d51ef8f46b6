import * as gestures from "../state/gestures.ts";
import type { Session } from "../state/session.ts";

let own = "";

/** Copies the YAML of the chosen nodes: it can be pasted here, into another experiment, or into a mail. */
export async function copyNodes(session: Session): Promise<void> {
  const { selection } = session.state.get();
  if (!selection.nodes.length) return;
  own = gestures.copyText(session.doc, selection.nodes);
  // A frame without the permission still pastes what was copied in this page.
  await session.host.clipboard.write(own).catch(() => undefined);
}

export async function pasteNodes(session: Session): Promise<void> {
  const text = (await session.host.clipboard.read().catch(() => own)) || own;
  if (text) session.apply(gestures.paste(session.doc, text));
}
