import type { Host, Session as Who } from "@mline/core";
import { CircleAlert } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { lazily } from "../ui/late.ts";
import { Toasts } from "../ui/toasts.tsx";
import { Frame } from "./Frame.tsx";
import { HostContext, WhoContext } from "./host-context.ts";
import { type Route, useRoute } from "./route.ts";
import { Stopped } from "./Stopped.tsx";
import { useTheme } from "./theme.ts";

const EditPage = lazily(() => import("../pages/EditPage.tsx").then(({ EditPage }) => EditPage));
const ListPage = lazily(() => import("../pages/ListPage.tsx").then(({ ListPage }) => ListPage));
const TypesPage = lazily(() => import("../pages/TypesPage.tsx").then(({ TypesPage }) => TypesPage));
const DagPage = lazily(() => import("../pages/DagPage.tsx").then(({ DagPage }) => DagPage));

/** The editor: one page at a time, by the hash of the address. */
export function App({ host }: { readonly host: Host }) {
  const route = useRoute();
  useTheme(host);
  const [who, setWho] = useState<Who | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [tries, setTries] = useState(0);

  useEffect(() => {
    if (tries < 0) return;
    setWrong(null);
    host.session().then(setWho, (error: Error) => setWrong(error.message));
  }, [host, tries]);

  return (
    <HostContext.Provider value={host}>
      <WhoContext.Provider value={who}>
        {wrong ? (
          <Empty icon={CircleAlert} title="The editor cannot start">
            <p>{wrong}</p>
            <Button onClick={() => setTries(tries + 1)}>Try again</Button>
          </Empty>
        ) : (
          <Stopped key={route.page === "edit" ? route.path : route.page}>
            <Suspense fallback={<Loading />}>
              <Page route={route} />
            </Suspense>
          </Stopped>
        )}
        <Toasts />
      </WhoContext.Provider>
    </HostContext.Provider>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "edit":
      return (
        <EditPage
          key={route.path}
          path={route.path}
          node={route.node ?? null}
          line={route.line ?? null}
        />
      );
    case "dag":
      return <DagPage dagId={route.dagId} />;
    case "types":
      return (
        <Frame page="types">
          <TypesPage type={route.type ?? null} />
        </Frame>
      );
    default:
      return (
        <Frame page="list">
          <ListPage />
        </Frame>
      );
  }
}

function Loading() {
  return <div className="loading" role="status" aria-label="Loading" />;
}
