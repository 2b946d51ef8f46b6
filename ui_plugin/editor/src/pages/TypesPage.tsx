import type { TypesView } from "@mline/core";
import { CircleAlert } from "lucide-react";
import { Suspense, useEffect, useMemo, useState } from "react";
import { useHost } from "../app/host-context.ts";
import { go } from "../app/route.ts";
import { TypeList } from "../panels/TypeList.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { lazily } from "../ui/late.ts";
import { TypeCard } from "./TypeCard.tsx";

const TypesGraph = lazily(() => import("./TypesGraph.tsx").then(({ TypesGraph }) => TypesGraph));

type Kind = "entity" | "stage" | "service";
const KINDS: readonly (readonly [Kind, string])[] = [
  ["entity", "Entities"],
  ["stage", "Stages"],
  ["service", "Services"],
];

/** The network of types: who descends from whom, what relates to what, what can be turned into what. */
export function TypesPage({ type }: { readonly type: string | null }) {
  const host = useHost();
  const [types, setTypes] = useState<TypesView | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [wanted, setWanted] = useState<Kind>("entity");
  useEffect(() => {
    host.experiments?.allTypes().then(setTypes, (error: Error) => setWrong(error.message));
  }, [host]);
  const chosen = types?.types.find(({ name, shown }) => name === type || shown === type) ?? null;
  const kind = chosen?.kind ?? wanted;
  const shown = useMemo(() => types?.types.filter((one) => one.kind === kind) ?? [], [types, kind]);

  if (wrong) {
    return (
      <Empty icon={CircleAlert} title="The types cannot be read">
        <p>{wrong}</p>
        <Button onClick={() => window.location.reload()}>Try again</Button>
      </Empty>
    );
  }
  const choose = (name: string) => go({ page: "types", type: name });
  return (
    <div className="types-page">
      <aside className="types-list" aria-label="Types">
        <h1 className="visually-hidden">Network of types</h1>
        <TypeList
          types={types?.types ?? []}
          label="Types"
          nothing={types ? "There are no types." : "The types are being read …"}
          onChoose={({ name }) => choose(name)}
        />
      </aside>
      <section className="types-graph" aria-label="Network of types">
        <div className="types-kinds" role="radiogroup" aria-label="Kind of types">
          {KINDS.map(([value, text]) => (
            <label key={value} className={value === kind ? "choice chosen" : "choice"}>
              <input
                type="radio"
                name="kind"
                className="visually-hidden"
                checked={value === kind}
                onChange={() => {
                  setWanted(value);
                  go({ page: "types" });
                }}
              />
              {text}
            </label>
          ))}
        </div>
        {types && (
          <Suspense fallback={<div className="loading" />}>
            <TypesGraph key={kind} types={types} shown={shown} chosen={chosen} choose={choose} />
          </Suspense>
        )}
      </section>
      <aside className="types-card" aria-label="Type">
        {types && chosen ? (
          <TypeCard type={chosen} types={types} choose={choose} />
        ) : (
          <p className="muted nothing">Choose a type to see its fields, ports and relations.</p>
        )}
      </aside>
    </div>
  );
}
