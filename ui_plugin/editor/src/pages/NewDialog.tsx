import type { CreateFrom, ExperimentInfo, Template } from "@mline/core";
import { ClipboardPaste, FileCode, FileStack, Sparkles } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { useHost } from "../app/host-context.ts";
import { go } from "../app/route.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";

interface NewDialogProps {
  readonly existing: readonly ExperimentInfo[];
  readonly onClose: () => void;
}

/** A new experiment: from a template, an example, another experiment, or pasted text. */
export function NewDialog({ existing, onClose }: NewDialogProps) {
  const host = useHost();
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  const [chosen, setChosen] = useState<string>("");
  const [name, setName] = useState("my_experiment");
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const nameId = useId();

  useEffect(() => {
    host.experiments?.templates().then(
      (found) => {
        setTemplates(found);
        setChosen((before) => before || keyOf(found[0]));
      },
      (error: Error) => setWrong(error.message),
    );
  }, [host]);

  const path = name.endsWith(".mline.yaml") ? name : `${name}/${name.split("/").at(-1)}.mline.yaml`;
  const create = async () => {
    setWrong(null);
    try {
      const made = await host.experiments?.create(path, fromOf(chosen, text));
      onClose();
      if (made) go({ page: "edit", path: made.path });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : "It cannot be made.");
    }
  };

  return (
    <Dialog
      title="New experiment"
      wide
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={!name.trim() || !chosen} onClick={() => void create()}>
            Create
          </Button>
        </>
      }
    >
      <div className="field">
        <label htmlFor={nameId}>Name</label>
        <input
          id={nameId}
          className="input"
          value={name}
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
        />
        <p className="field-doc">
          It is kept in <code>{path}</code>.
        </p>
      </div>
      <fieldset className="starts">
        <legend>Begin with</legend>
        {templates.map((one) => (
          <Start
            key={keyOf(one)}
            id={keyOf(one)}
            chosen={chosen}
            choose={setChosen}
            title={one.title}
            doc={one.doc}
            icon={one.kind === "example" ? Sparkles : FileCode}
          />
        ))}
        {existing.map((one) => (
          <Start
            key={one.path}
            id={`experiment:${one.path}`}
            chosen={chosen}
            choose={setChosen}
            title={`Copy of ${one.experiment || one.path}`}
            doc={one.title}
            icon={FileStack}
          />
        ))}
        <Start
          id="text"
          chosen={chosen}
          choose={setChosen}
          title="Pasted text"
          doc="YAML that you have already."
          icon={ClipboardPaste}
        />
      </fieldset>
      {chosen === "text" && (
        <textarea
          className="input code"
          rows={10}
          aria-label="Text of the experiment"
          placeholder={"mline: 1\nexperiment: my_experiment\nstages:\n  …"}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}

interface StartProps {
  readonly id: string;
  readonly chosen: string;
  readonly choose: (id: string) => void;
  readonly title: string;
  readonly doc: string;
  readonly icon: typeof FileCode;
}

function Start({ id, chosen, choose, title, doc, icon: Icon }: StartProps) {
  return (
    <label className={id === chosen ? "start chosen" : "start"}>
      <input
        type="radio"
        name="start"
        className="visually-hidden"
        checked={id === chosen}
        onChange={() => choose(id)}
      />
      <Icon size={18} aria-hidden="true" />
      <span>
        <strong>{title}</strong>
        <span className="muted">{doc}</span>
      </span>
    </label>
  );
}

function keyOf(template: Template | undefined): string {
  return template ? `${template.kind}:${template.id}` : "";
}

function fromOf(chosen: string, text: string): CreateFrom {
  const [kind = "", ...rest] = chosen.split(":");
  const id = rest.join(":");
  if (kind === "template") return { template: id };
  if (kind === "example") return { example: id };
  if (kind === "experiment") return { experiment: id };
  return { text };
}
