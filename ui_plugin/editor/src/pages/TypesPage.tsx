export function TypesPage({ type }: { readonly type: string | null }) {
  return <p>{type}</p>;
}
