import {
  formatKeymap,
  hoverTooltips,
  LSPClient,
  renameKeymap,
  serverCompletion,
} from "@codemirror/lsp-client";
import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import type { Session } from "../state/session.ts";
import { uriOf } from "./code-actions.ts";
import { sanitize } from "./sanitize.ts";
import { StatelessTransport } from "./transport.ts";

/** Completion, hover, rename and formatting by the language server, for one open experiment. */
export function languageServer(session: Session): Extension {
  const uri = uriOf(session);
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
