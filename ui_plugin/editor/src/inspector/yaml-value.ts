import type { Json } from "@mline/core";
import { Document, parseDocument } from "yaml";

/** A value as one line of YAML, as it is shown in a field. */
export function yamlText(value: Json | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string" && value.includes("\n")) return value;
  const document = new Document(value);
  return document
    .toString({ collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false })
    .trim();
}

/** What was typed into a field, or what is wrong with it. */
export function yamlValue(text: string): { readonly value: Json } | { readonly error: string } {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) return { error: error.message.split("\n")[0] ?? "this is not YAML" };
  try {
    return { value: document.toJS() as Json };
  } catch {
    return { error: "an alias has no anchor here" };
  }
}
