import type { GraphNode, GraphView, Relation } from "@mline/core";
import { Section } from "./Section.tsx";

/** What the network knows of a node: written relations, and those that follow from its ports. */
export function Relations({ node, view }: { readonly node: GraphNode; readonly view: GraphView }) {
  const own = (name: string) => name === node.name || name.startsWith(`${node.name}.`);
  const found = view.relations.filter((relation) => own(relation.subject) || own(relation.object));
  if (!found.length) return null;
  return (
    <Section title="Relations" count={found.length} closed={node.kind === "stage"}>
      <ul className="relations">
        {found.map((relation) => (
          <Row
            key={`${relation.subject} ${relation.relation} ${relation.object}`}
            relation={relation}
          />
        ))}
      </ul>
    </Section>
  );
}

function Row({ relation }: { readonly relation: Relation }) {
  return (
    <li className={relation.inferred ? "inferred" : ""}>
      <code>{relation.subject}</code>
      <span className="relation-name">{relation.relation}</span>
      <code>{relation.object}</code>
      {relation.inferred && <span className="muted">inferred</span>}
    </li>
  );
}
