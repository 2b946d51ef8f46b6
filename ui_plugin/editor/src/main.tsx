import { parse } from "@mline/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <p>{parse("mline: 1\n").text}</p>
    </StrictMode>,
  );
}
