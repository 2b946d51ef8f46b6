import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { followHash } from "./app/route.ts";
import { restHost } from "./host/rest.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/bench.css";
import "./styles/bars.css";
import "./styles/outline.css";
import "./styles/problems.css";
import "./styles/search.css";
import "./styles/canvas.css";
import "./styles/nodes.css";
import "./styles/sockets.css";
import "./styles/edges.css";
import "./styles/node-frames.css";
import "./styles/type-list.css";
import "./styles/inspector.css";
import "./styles/pages.css";
import "./styles/list-page.css";
import "./styles/new-dialog.css";
import "./styles/types-page.css";
import "./styles/merge.css";
// The canvas takes it, too. Here it comes with the page: of what is loaded later, a style sheet that
// a network drops is not asked for again.
import "@xyflow/react/dist/base.css";

followHash();

// A new version was installed while this page was open: its old parts are gone from the server.
window.addEventListener("vite:preloadError", (event) => {
  event.preventDefault();
  restHost.notify({
    level: "warning",
    text: "MLine was updated. Reload the page; your draft is kept.",
  });
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App host={restHost} />
    </StrictMode>,
  );
}
