import { describe, expect, it } from "vitest";
import { forForm } from "../src/inspector/field-schema.ts";
import { changes } from "../src/inspector/form-changes.ts";
import { schemaValidator } from "../src/inspector/schema-validator.ts";
import { yamlText, yamlValue } from "../src/inspector/yaml-value.ts";

describe("what a form changes", () => {
  it("is only the field that differs", () => {
    const before = { depth: 3, seed: 1, resources: { cpu: 1, memory: "1Gi" } };
    const after = { ...before, resources: { cpu: 2, memory: "1Gi" } };
    expect(changes(before, after)).toEqual([{ path: ["resources", "cpu"], value: 2 }]);
  });

  it("is nothing when the form fills in an empty map by itself", () => {
    expect(changes({ a: 1 }, { a: 1, b: {} })).toEqual([]);
  });

  it("says that a field is gone", () => {
    expect(changes({ a: 1, b: 2 }, { a: 1 })).toEqual([{ path: ["b"], value: undefined }]);
  });

  it("has lists as a whole", () => {
    expect(changes({ a: [1, 2] }, { a: [1, 3] })).toEqual([{ path: ["a"], value: [1, 3] }]);
  });
});

describe("the schema of a form", () => {
  const schema = {
    type: "object",
    properties: {
      depth: { type: "integer", default: 3, description: "How deep." },
      columns: { type: "array", items: { type: "string" } },
    },
  };

  it("has no defaults, which the form would write into the file", () => {
    expect(JSON.stringify(forForm(schema, {}).properties)).not.toContain('"default"');
  });

  it("lets a number be a reference to a parameter", () => {
    expect(forForm(schema, { depth: "$params.depth" }).properties?.["depth"]).toMatchObject({
      type: "string",
      "x-look": "reference",
    });
  });

  it("has lists as YAML", () => {
    expect(forForm(schema, {}).properties?.["columns"]).toMatchObject({ "x-look": "yaml" });
  });

  it("shows a value that no schema knows", () => {
    expect(Object.keys(forForm(schema, { rate: 0.1 }).properties ?? {})).toContain("rate");
  });

  it("resolves the references of the language's own schema", () => {
    const field = forForm({ properties: { timeout: { $ref: "#/$defs/duration" } } }, {});
    expect(field.properties?.["timeout"]?.type).toBe("string");
  });
});

describe("values as text", () => {
  it.each([1, "a", "true", "1e3", "a: b", [1, "x"], { a: [true, null] }, "", "- a", "$params.x"])(
    "come back as they were: %j",
    (value) => {
      expect(yamlValue(yamlText(value))).toEqual({ value });
    },
  );

  it("say what is wrong with them", () => {
    expect(yamlValue("[1, 2")).toHaveProperty("error");
  });
});

describe("the validator", () => {
  it("works without compiling a schema, and names the field", () => {
    const schema = {
      type: "object",
      properties: { depth: { type: "integer", minimum: 1 } },
    } as const;
    const { errorSchema } = schemaValidator.validateFormData({ depth: 0 }, schema);
    expect(errorSchema).toHaveProperty("depth.__errors");
    expect(schemaValidator.isValid(schema, { depth: 1 }, schema)).toBe(true);
  });
});
