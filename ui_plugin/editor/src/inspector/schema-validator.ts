import { type Schema, Validator } from "@cfworker/json-schema";
import type {
  ErrorSchema,
  RJSFSchema,
  RJSFValidationError,
  ValidationData,
  ValidatorType,
} from "@rjsf/utils";

/**
 * A validator for forms that interprets schemas: compiling ones, such as Ajv, need `eval`, which our
 * content security policy forbids. JSON Schema 2020-12.
 */
export const schemaValidator: ValidatorType = {
  validateFormData: (formData, schema) => validation(schema, formData),
  isValid: (schema, formData, rootSchema) => {
    try {
      const defs = rootSchema?.["$defs"];
      const whole = defs ? { ...schema, $defs: defs } : schema;
      return new Validator(whole as Schema, "2020-12").validate(formData ?? null).valid;
    } catch {
      return false;
    }
  },
  rawValidation: (schema, formData) => ({ errors: errorsOf(schema, formData) as never[] }),
};

function validation(schema: RJSFSchema, formData: unknown): ValidationData<unknown> {
  const errors = errorsOf(schema, formData);
  const errorSchema: ErrorSchema<unknown> = {};
  for (const error of errors) place(errorSchema as Nested, error);
  return { errors, errorSchema };
}

type Nested = { __errors?: string[] } & { [key: string]: Nested | string[] | undefined };

function place(root: Nested, { property = "", message = "" }: RJSFValidationError): void {
  let at = root;
  for (const step of property.split(".").filter(Boolean)) {
    const inner = (at[step] as Nested | undefined) ?? {};
    at[step] = inner;
    at = inner;
  }
  at.__errors = [...(at.__errors ?? []), message];
}

function errorsOf(schema: RJSFSchema, formData: unknown): RJSFValidationError[] {
  const result = new Validator(schema as Schema, "2020-12", false).validate(formData ?? {});
  const deepest = result.errors.filter(
    ({ keyword }) => keyword !== "properties" && keyword !== "items",
  );
  return deepest.map(({ instanceLocation, error, keyword }) => ({
    name: keyword,
    property: instanceLocation.replace(/^#\/?/, ".").replaceAll("/", "."),
    message: error,
    stack: error,
  }));
}
