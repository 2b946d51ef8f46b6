import { X } from "lucide-react";
import { IconButton } from "./Button.tsx";
import { Store, useStore } from "./store.ts";

interface Toast {
  readonly id: number;
  readonly level: "info" | "success" | "warning" | "error";
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const toasts = new Store<readonly Toast[]>([]);
let next = 1;

/** Shows a sentence at the foot of the page; errors stay until they are closed. */
export function notify(toast: Omit<Toast, "id">): void {
  const id = next++;
  toasts.update((shown) => [...shown.slice(-3), { ...toast, id }]);
  if (toast.level !== "error") setTimeout(() => dismiss(id), toast.action ? 9000 : 5000);
}

function dismiss(id: number): void {
  toasts.update((shown) => shown.filter((toast) => toast.id !== id));
}

export function Toasts() {
  const shown = useStore(toasts, (all) => all);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`toast ${toast.level}`}>
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              className="button small"
              onClick={() => {
                dismiss(toast.id);
                toast.action?.run();
              }}
            >
              {toast.action.label}
            </button>
          )}
          <IconButton icon={X} label="Dismiss" small onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
