import { type ReactNode, useId } from "react";

interface FieldProps {
  readonly label: string;
  readonly doc?: ReactNode;
  /** Gets the id that the label is for. */
  readonly children: (id: string) => ReactNode;
}

/** A field of a dialog: label, control, and what it means. */
export function Field({ label, doc, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {doc && <p className="field-doc">{doc}</p>}
    </div>
  );
}
