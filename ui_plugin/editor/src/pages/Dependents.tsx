import { TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { useHost } from "../app/host-context.ts";

/** The experiments that take something from a file. */
export function Dependents({ path, text }: { readonly path: string; readonly text: string }) {
  const host = useHost();
  const [found, setFound] = useState<readonly string[]>([]);
  useEffect(() => {
    let gone = false;
    host.experiments?.dependents(path).then(
      (paths) => !gone && setFound(paths),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [host, path]);
  if (!found.length) return null;
  return (
    <div className="dependents">
      <TriangleAlert size={15} aria-hidden="true" />
      <div>
        <p>These {text}:</p>
        <ul>
          {found.map((one) => (
            <li key={one}>
              <code>{one}</code>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
