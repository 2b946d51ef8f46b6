import type { Host } from "@mline/core";

const PAUSE = 400;

/** Keeps unsaved text in the browser, so that it survives a reload; a saved text needs no draft. */
export class DraftKeeper {
  readonly #host: Host;
  readonly #path: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #write: (() => void) | null = null;

  constructor(host: Host, path: string) {
    this.#host = host;
    this.#path = path;
    // A page that goes takes what was typed a moment ago with it.
    globalThis.addEventListener?.("pagehide", this.flush);
  }

  keep(text: string, saved: { readonly text: string; readonly revision: string }): void {
    const draft = text === saved.text ? null : { text, base: saved.revision };
    this.#write = () => this.#host.draft.write(this.#path, draft);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE);
  }

  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#write?.();
    this.#write = null;
  };

  close(): void {
    this.flush();
    globalThis.removeEventListener?.("pagehide", this.flush);
  }
}
