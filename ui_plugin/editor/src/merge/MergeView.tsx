import type { SaveConflict } from "@mline/core";

interface MergeProps {
  readonly conflict: SaveConflict;
  readonly onDone: (text: string) => void;
  readonly onClose: () => void;
}

export function MergeView({ conflict, onClose }: MergeProps) {
  return (
    <button type="button" onClick={onClose}>
      {conflict.message}
    </button>
  );
}
