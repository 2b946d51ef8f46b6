import type { Transport } from "@codemirror/lsp-client";
import type { Host, Json, LspMessage } from "@mline/core";

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Json;
}

/** What the server can do; a server without sessions is not asked for it. */
const CAPABILITIES = {
  positionEncoding: "utf-16",
  textDocumentSync: 1,
  completionProvider: { triggerCharacters: [":", " ", "$", ".", "["] },
  hoverProvider: true,
  renameProvider: true,
  codeActionProvider: true,
  documentFormattingProvider: true,
};

/**
 * The language server over HTTP, without a session: each request takes the open text along, so any API
 * server can answer it. Notifications say nothing that the next request does not say, and are not sent.
 */
export class StatelessTransport implements Transport {
  readonly #host: Pick<Host, "lsp">;
  readonly #document: () => { readonly uri: string; readonly text: string };
  readonly #handlers = new Set<(message: string) => void>();
  #version = 0;

  constructor(
    host: Pick<Host, "lsp">,
    document: () => { readonly uri: string; readonly text: string },
  ) {
    this.#host = host;
    this.#document = document;
  }

  send(text: string): void {
    const message = JSON.parse(text) as Message;
    if (message.id === undefined || message.method === undefined) return;
    if (message.method === "initialize") {
      const { id } = message;
      queueMicrotask(() =>
        this.#tell({ jsonrpc: "2.0", id, result: { capabilities: CAPABILITIES } }),
      );
      return;
    }
    void this.#ask(message.id, message as unknown as LspMessage);
  }

  subscribe(handler: (message: string) => void): void {
    this.#handlers.add(handler);
  }

  unsubscribe(handler: (message: string) => void): void {
    this.#handlers.delete(handler);
  }

  async #ask(id: number | string, message: LspMessage): Promise<void> {
    this.#version += 1;
    try {
      const answers = await this.#host.lsp(
        [{ ...this.#document(), version: this.#version }],
        [message],
      );
      for (const answer of answers) if (answer["id"] === id) this.#tell(answer);
    } catch (error) {
      const text = error instanceof Error ? error.message : "the language server cannot be reached";
      this.#tell({ jsonrpc: "2.0", id, error: { code: -32603, message: text } });
    }
  }

  #tell(answer: unknown): void {
    const text = JSON.stringify(answer);
    for (const handler of this.#handlers) handler(text);
  }
}
