import {
  formatKeymap,
  hoverTooltips,
  LSPClient,
  LSPPlugin,
  renameKeymap,
  serverCompletion,
} from "@codemirror/lsp-client";
import type { Extension } from "@codemirror/state";
import { type EditorView, keymap } from "@codemirror/view";
import type { Session } from "../state/session.ts";
import { sanitize } from "./sanitize.ts";
import { StatelessTransport } from "./transport.ts";

/** Completion, hover, rename and formatting by the language server, for one open experiment. */
export function languageServer(session: Session): Extension {
  const uri = `mline:/${session.path}`;
  const client = new LSPClient({
    timeout: 10_000,
    sanitizeHTML: sanitize,
    extensions: [
      serverCompletion(),
      hoverTooltips({ hoverTime: 250 }),
      keymap.of([...renameKeymap, ...formatKeymap]),
    ],
  });
  client.connect(new StatelessTransport(session.host, () => ({ uri, text: session.doc.text })));
  return client.plugin(uri, "mline");
}

/** The client of an editor, for requests that have no extension of their own. */
export function clientOf(view: EditorView): LSPClient | null {
  return LSPPlugin.get(view)?.client ?? null;
}
