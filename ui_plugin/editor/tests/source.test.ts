import { EditorState } from "@codemirror/state";
import { applyEdits } from "@mline/core";
import { describe, expect, it } from "vitest";
import { Breaks, editsOf } from "../src/source/sync.ts";
import { StatelessTransport } from "../src/source/transport.ts";

describe("offsets between the text and the editor", () => {
  const text = "a\r\nbc\r\nd\n";
  const inEditor = EditorState.create({ doc: text }).doc.toString();

  it.each(["a", "bc", "d"])("are turned both ways at '%s'", (word) => {
    const breaks = new Breaks(text);
    expect(breaks.inEditor(text.indexOf(word))).toBe(inEditor.indexOf(word));
    expect(breaks.inText(inEditor.indexOf(word))).toBe(text.indexOf(word));
  });

  it("need no turning without carriage returns", () => {
    expect(new Breaks("a\nb").plain).toBe(true);
  });
});

describe("what is typed", () => {
  it.each([
    ["with line feeds", "a: 1\nb: 2\n", "a: 1\nc: 3\nb: 2\n"],
    ["with carriage returns, which stay", "a: 1\r\nb: 2\r\n", "a: 1\r\nc: 3\r\nb: 2\r\n"],
  ])("becomes edits of the text %s", (_, before, after) => {
    const state = EditorState.create({ doc: before });
    const transaction = state.update({ changes: { from: 5, insert: "c: 3\n" } });
    expect(applyEdits(before, editsOf(transaction, before))).toBe(after);
  });
});

describe("the transport to the language server", () => {
  const ask = { jsonrpc: "2.0", id: 7, method: "textDocument/hover", params: {} };

  async function answerOf(lsp: ConstructorParameters<typeof StatelessTransport>[0]["lsp"]) {
    const transport = new StatelessTransport({ lsp }, () => ({
      uri: "mline:/a",
      text: "mline: 1",
    }));
    return new Promise<{
      readonly error?: { readonly message: string };
      readonly result?: unknown;
    }>((told) => {
      transport.subscribe((message) => told(JSON.parse(message)));
      transport.send(JSON.stringify(ask));
    });
  }

  it("takes the open text along and gives back the answer to its own request", async () => {
    const answer = await answerOf(async (documents, messages) => {
      expect(documents).toEqual([{ uri: "mline:/a", text: "mline: 1", version: 1 }]);
      expect(messages).toEqual([ask]);
      return [
        { jsonrpc: "2.0", method: "textDocument/publishDiagnostics", params: {} },
        { jsonrpc: "2.0", id: 7, result: { contents: "x" } },
      ];
    });
    expect(answer.result).toEqual({ contents: "x" });
  });

  it("knows what the server can do without asking", async () => {
    const transport = new StatelessTransport(
      { lsp: () => Promise.reject(new Error("nothing should be sent")) },
      () => ({ uri: "", text: "" }),
    );
    const answer = await new Promise<string>((told) => {
      transport.subscribe(told);
      transport.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} }));
    });
    expect(JSON.parse(answer).result.capabilities.hoverProvider).toBe(true);
  });

  it("turns a failing server into an error of the request", async () => {
    const answer = await answerOf(() => Promise.reject(new Error("gone")));
    expect(answer.error?.message).toBe("gone");
  });

  it("sends no notifications", () => {
    const lsp = () => Promise.reject(new Error("nothing should be sent"));
    const transport = new StatelessTransport({ lsp }, () => ({ uri: "", text: "" }));
    const told: string[] = [];
    transport.subscribe((message) => told.push(message));
    transport.send(
      JSON.stringify({ jsonrpc: "2.0", method: "textDocument/didChange", params: {} }),
    );
    expect(told).toEqual([]);
  });
});
