export function DagPage({ dagId }: { readonly dagId: string }) {
  return <p>{dagId}</p>;
}
