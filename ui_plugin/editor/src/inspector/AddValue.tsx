import type { Json } from "@mline/core";
import { Plus } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { IconButton } from "../ui/Button.tsx";
import { yamlValue } from "./yaml-value.ts";

/** One more value of a stage, for an argument that its type does not know. */
export function AddValue({ add }: { readonly add: (name: string, value: Json) => void }) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const read = yamlValue(value);
  const ready = name.trim() !== "" && value.trim() !== "" && "value" in read;
  const finish = () => {
    if (!ready) return;
    add(name.trim(), read.value);
    setName("");
    setValue("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") finish();
  };
  return (
    <div className="add-value">
      <input
        className="input code"
        aria-label="Name of a new value"
        placeholder="another value"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <input
        className="input code"
        aria-label="The new value"
        placeholder="3, text, $params.x"
        spellCheck={false}
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <IconButton icon={Plus} label="Add the value" disabled={!ready} onClick={finish} />
    </div>
  );
}
