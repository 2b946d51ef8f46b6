import { FileText, MousePointerClick } from "lucide-react";
import { useOpen, useSession } from "../state/context.ts";
import { plural } from "../state/names.ts";
import { Empty } from "../ui/Empty.tsx";

/** Shown while nothing is chosen: what the file is, and how to go on. */
export function ExperimentCard() {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const mayEdit = useOpen((state) => state.mayEdit);
  const count = (kind: string) => view.nodes.filter((node) => node.kind === kind).length;
  const things = view.nodes.filter(
    (node) => node.kind === "entity" || node.kind === "external",
  ).length;
  const { title, doc, owner } = view.experiment ?? { title: "", doc: "", owner: "" };
  const file = session.path.split("/").at(-1);
  return (
    <div className="inspector">
      <header className="node-card">
        <div className="row">
          <span className="type-icon" aria-hidden="true">
            <FileText size={18} />
          </span>
          <div className="grow">
            <h2>{title || file}</h2>
            <p className="muted">{owner ? `${file}, of ${owner}` : file}</p>
          </div>
        </div>
        {doc && <p className="node-card-doc">{doc}</p>}
        <p className="muted node-card-count">
          {plural(count("stage"), "stage")}, {plural(things, "entity", "entities")},{" "}
          {plural(count("service"), "service")}, {plural(count("param"), "parameter")}
        </p>
      </header>
      <Empty icon={MousePointerClick} title="Choose something to see its fields">
        {mayEdit ? (
          <p>
            Click a node, or use the arrow keys. <kbd>/</kbd> adds a node, <kbd>C</kbd> connects it,{" "}
            <kbd>?</kbd> shows all keys.
          </p>
        ) : (
          <p>Click a node, or an edge, or a row of the outline.</p>
        )}
      </Empty>
    </div>
  );
}
