/** Below this zoom only boxes and names are drawn. */
export const FAR = 0.46;

export const isFar = (state: { readonly transform: readonly [number, number, number] }): boolean =>
  state.transform[2] < FAR;
