import type { GraphNode, Json } from "@mline/core";
import { useCallback, useEffect, useState } from "react";
import { useOpen, useSession } from "../state/context.ts";
import { Section } from "./Section.tsx";

interface Task {
  readonly id?: string;
  readonly [key: string]: Json | undefined;
}

/** The plan's tasks of a stage: what the compiler hands to Airflow, resolved. */
export function WhatRuns({ node }: { readonly node: GraphNode }) {
  const session = useSession();
  const text = useOpen((state) => state.doc.text);
  const [asked, setAsked] = useState(false);
  const [told, setTold] = useState<
    { readonly tasks: readonly Task[] } | { readonly why: string } | null
  >(null);
  const { host, path } = session;

  const ask = useCallback(async () => {
    try {
      const answer = await host.plan?.(path, text);
      if (!answer) return;
      setTold(
        "plan" in answer
          ? { tasks: tasksOf(answer.plan, node.name) }
          : { why: "There is no plan while there are errors." },
      );
    } catch (error) {
      setTold({ why: error instanceof Error ? error.message : "The server does not answer." });
    }
  }, [host, path, text, node.name]);

  useEffect(() => {
    if (asked) void ask();
  }, [asked, ask]);

  if (!host.plan) return null;
  return (
    <Section title="What runs" closed onOpen={() => setAsked(true)}>
      {!told && <div className="skeleton" style={{ height: 80 }} />}
      {told && "why" in told && <p className="muted">{told.why}</p>}
      {told &&
        "tasks" in told &&
        (told.tasks.length ? told.tasks.map(taskView) : <p className="muted">Nothing runs.</p>)}
    </Section>
  );
}

function taskView(task: Task) {
  return (
    <dl key={task.id ?? ""} className="plan">
      {Object.entries(task)
        .filter(([, value]) => !isEmpty(value))
        .map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>
              <code>{typeof value === "string" ? value : JSON.stringify(value, null, 1)}</code>
            </dd>
          </div>
        ))}
    </dl>
  );
}

function isEmpty(value: Json | undefined): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** A plan lists its tasks under `tasks`, those of a sweep under the tasks of its group. */
function tasksOf(plan: Json, stage: string): readonly Task[] {
  const found: Task[] = [];
  const visit = (value: Json | undefined) => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (value && typeof value === "object") {
      const task = value as Task;
      if (task["stage"] === stage || (task.id === stage && "action" in task)) found.push(task);
      else for (const inner of Object.values(task)) visit(inner as Json);
    }
  };
  visit((plan as { readonly tasks?: Json }).tasks);
  visit((plan as { readonly groups?: Json }).groups);
  return found;
}
