import type { GraphEdge, GraphNode, GraphView } from "@mline/core";
import { Plug, Tag, Unplug } from "lucide-react";
import { openConnect } from "../panels/connect-request.ts";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { nameOf, shownType } from "../state/names.ts";
import { selectEdge, selectNodes } from "../state/selection.ts";
import { IconButton } from "../ui/Button.tsx";

/** What a stage takes and gives, with types, and what each port is connected with. */
export function PortsTable({ node, view }: { readonly node: GraphNode; readonly view: GraphView }) {
  const { in: takes, out: gives } = node.ports;
  if (!takes.length && !gives.length) {
    return <p className="muted">No ports yet: connect it with something.</p>;
  }
  return (
    <table className="ports">
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Port</th>
          <th scope="col">Type</th>
          <th scope="col">Connected with</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {takes.map((port) => (
          <PortRow key={`in:${port.name}`} node={node} port={port} way="in" view={view} />
        ))}
        {gives.map((port) => (
          <PortRow key={`out:${port.name}`} node={node} port={port} way="out" view={view} />
        ))}
      </tbody>
    </table>
  );
}

interface PortRowProps {
  readonly node: GraphNode;
  readonly port: {
    readonly name: string;
    readonly type: string | null;
    readonly optional?: boolean;
  };
  readonly way: "in" | "out";
  readonly view: GraphView;
}

function PortRow({ node, port, way, view }: PortRowProps) {
  const session = useSession();
  const mayEdit = useOpen((state) => state.mayEdit);
  const edges = view.edges.filter((edge) => {
    const end = way === "in" ? edge.to : edge.from;
    return end.node === node.id && end.port === port.name;
  });
  const [only] = edges;
  return (
    <tr>
      <th scope="row">
        <span className={`way ${way}`} aria-hidden="true" />
        <span className="visually-hidden">{way === "in" ? "takes " : "gives "}</span>
        <code>{port.name}</code>
      </th>
      <td className="muted">
        {shownType(port.type) ?? "any"}
        {port.optional ? "?" : ""}
      </td>
      <td>
        {edges.length ? (
          edges.map((edge) => <FarEnd key={edge.id} edge={edge} way={way} />)
        ) : (
          <span className={way === "in" && !port.optional ? "needs" : "muted"}>
            {way === "in" ? (port.optional ? "nothing" : "not connected") : "not used"}
          </span>
        )}
      </td>
      <td>
        {mayEdit && way === "in" && only ? (
          <IconButton
            icon={Unplug}
            small
            label={`Disconnect ${port.name}`}
            onClick={() => session.apply(gestures.disconnect(session.doc, only))}
          />
        ) : (
          mayEdit && (
            <>
              {way === "out" && !edges.some(({ to }) => to.node.startsWith("entity:")) && (
                <IconButton
                  icon={Tag}
                  small
                  label={`Declare ${port.name} as an entity`}
                  onClick={() =>
                    session.apply(gestures.declareOutput(session.doc, node.id, port.name))
                  }
                />
              )}
              <IconButton
                icon={Plug}
                small
                label={`Connect ${port.name}`}
                onClick={() =>
                  openConnect({
                    node: node.id,
                    port: port.name,
                    kind: way === "in" ? "target" : "source",
                  })
                }
              />
            </>
          )
        )}
      </td>
    </tr>
  );
}

function FarEnd({ edge, way }: { readonly edge: GraphEdge; readonly way: "in" | "out" }) {
  const session = useSession();
  const far = way === "in" ? edge.from : edge.to;
  return (
    <button
      type="button"
      className={edge.problem ? "link wrong" : "link"}
      title={edge.problem ?? "Go there"}
      onClick={() =>
        session.select(
          edge.problem ? selectEdge(edge.id, "search") : selectNodes([far.node], "search"),
        )
      }
    >
      {nameOf(far.node)}
      {far.port ? `.${far.port}` : ""}
    </button>
  );
}
