import type { GraphView, Host } from "@mline/core";
import type { Store } from "../ui/store.ts";
import type { SessionState } from "./session.ts";
import { viewOf } from "./view.ts";

const PAUSE = 140;
const AGAIN = 4000;

/** Asks the server what the text means, a moment after the last key; an old answer is dropped. */
export class Analyst {
  readonly #host: Host;
  readonly #path: string;
  readonly #state: Store<SessionState>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | undefined;
  #libraries = "";
  #first = true;

  constructor(host: Host, path: string, state: Store<SessionState>) {
    this.#host = host;
    this.#path = path;
    this.#state = state;
  }

  look(): void {
    clearTimeout(this.#timer);
    const pause = this.#first ? 0 : PAUSE;
    this.#first = false;
    this.#timer = setTimeout(() => void this.#ask(), pause);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked?.abort();
  }

  async #ask(): Promise<void> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const { text } = this.#state.get().doc;
    try {
      const view = await this.#host.analyze(this.#path, text, asked.signal);
      this.#learn(text, view);
      await this.#learnTypes(text, view, asked.signal);
    } catch {
      if (asked.signal.aborted) return;
      this.#state.update((state) => ({ ...state, analysis: "failed" }));
      this.#timer = setTimeout(() => void this.#ask(), AGAIN);
    }
  }

  #learn(text: string, view: GraphView): void {
    this.#state.update((state) => {
      const meaning = { text, view };
      const fresh = state.doc.text === text;
      return {
        ...state,
        meaning,
        view: viewOf(state.doc, meaning),
        diagnostics: fresh ? view.diagnostics : state.diagnostics,
        analysis: fresh ? "fresh" : state.analysis,
      };
    });
  }

  /** The types change only with the libraries that the text uses. */
  async #learnTypes(text: string, view: GraphView, signal: AbortSignal): Promise<void> {
    const libraries = `${/^use:.*(?:\n[ -].*)*/m.exec(text)?.[0] ?? ""}|${view.types_used.join()}`;
    if (libraries === this.#libraries && this.#state.get().types) return;
    const types = await this.#host.types(this.#path, text, signal);
    this.#libraries = libraries;
    this.#state.update((state) => ({ ...state, types }));
  }
}
