import { CircleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";

interface StoppedProps {
  readonly children: ReactNode;
}

/** What is shown in the place of a page that cannot be drawn: no empty window, and what to do. */
export class Stopped extends Component<StoppedProps, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Empty icon={CircleAlert} title="This page cannot be shown">
        <p>
          A part of the editor could not be loaded, or it failed. What you wrote is kept in this
          browser.
        </p>
        <p>
          <code>{error.message}</code>
        </p>
        <Button onClick={() => window.location.reload()}>Load it again</Button>
      </Empty>
    );
  }
}
