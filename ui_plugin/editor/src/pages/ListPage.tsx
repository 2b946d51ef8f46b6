import type { ExperimentInfo } from "@mline/core";
import { CircleAlert, FilePlus2, Plus, Search } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { useHost, useWho } from "../app/host-context.ts";
import { plural } from "../state/names.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { DeleteDialog } from "./DeleteDialog.tsx";
import { ExperimentRow } from "./ExperimentRow.tsx";
import { NewDialog } from "./NewDialog.tsx";
import { RenameDialog } from "./RenameDialog.tsx";

type Doing =
  | { readonly what: "new" }
  | { readonly what: "rename" | "delete"; readonly one: ExperimentInfo }
  | null;

const AGAIN = 15_000;

/** All experiments, valid or not, with their problems, DAGs and last runs. */
export function ListPage() {
  const host = useHost();
  const who = useWho();
  const [list, setList] = useState<readonly ExperimentInfo[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [asked, setAsked] = useState("");
  const [doing, setDoing] = useState<Doing>(null);
  const words = useDeferredValue(asked);

  const load = useCallback(() => {
    host.experiments?.list().then(
      (found) => {
        setList(found);
        setWrong(null);
      },
      (error: Error) => setWrong(error.message),
    );
  }, [host]);
  useEffect(() => {
    load();
    const timer = setInterval(load, AGAIN);
    return () => clearInterval(timer);
  }, [load]);

  const shown = useMemo(() => (list ?? []).filter((one) => fits(one, words)), [list, words]);
  const close = () => {
    setDoing(null);
    load();
  };
  const broken = (list ?? []).filter(({ problems }) => problems.error).length;

  return (
    <div className="list-page">
      <header className="page-head">
        <div className="grow">
          <h1>Experiments</h1>
          <p className="muted">
            {list ? plural(list.length, "experiment") : " "}
            {broken > 0 && `, ${broken} with errors`}
          </p>
        </div>
        <div className="search wide">
          <Search size={15} aria-hidden="true" />
          <input
            className="input"
            aria-label="Search experiments"
            placeholder="Search by name, title, owner or tag"
            value={asked}
            onChange={(event) => setAsked(event.target.value)}
          />
        </div>
        {who?.may.create && (
          <Button look="primary" icon={Plus} onClick={() => setDoing({ what: "new" })}>
            New experiment
          </Button>
        )}
      </header>
      {wrong && (
        <Empty icon={CircleAlert} title="The experiments cannot be listed">
          <p>{wrong}</p>
          <Button onClick={load}>Try again</Button>
        </Empty>
      )}
      {!wrong && !list && <ListSkeleton />}
      {list && list.length === 0 && (
        <Empty icon={FilePlus2} title="There are no experiments yet">
          <p>Begin with an example: it runs as it is, and everything in it can be changed.</p>
          {who?.may.create && (
            <Button onClick={() => setDoing({ what: "new" })}>New experiment</Button>
          )}
        </Empty>
      )}
      {list && list.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Experiment</th>
              <th scope="col">Owner</th>
              <th scope="col">Checked</th>
              <th scope="col">In Airflow</th>
              <th scope="col">Last runs</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <ExperimentRow
                key={one.path}
                one={one}
                mayEdit={who?.may.edit ?? false}
                onRename={() => setDoing({ what: "rename", one })}
                onDelete={() => setDoing({ what: "delete", one })}
              />
            ))}
          </tbody>
        </table>
      )}
      {list && list.length > 0 && !shown.length && (
        <p className="muted nothing">Nothing fits “{words}”.</p>
      )}
      {doing?.what === "new" && <NewDialog onClose={close} existing={list ?? []} />}
      {doing?.what === "rename" && <RenameDialog one={doing.one} onClose={close} />}
      {doing?.what === "delete" && <DeleteDialog one={doing.one} onClose={close} />}
    </div>
  );
}

function fits(one: ExperimentInfo, asked: string): boolean {
  const text = [one.path, one.experiment, one.title, one.owner, ...one.tags]
    .join(" ")
    .toLowerCase();
  return asked
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function ListSkeleton() {
  return (
    <div className="list-skeleton" role="status" aria-label="Reading the experiments">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className="skeleton" style={{ height: 44 }} />
      ))}
    </div>
  );
}
