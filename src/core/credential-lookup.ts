/** How the store keeps what a credential is found by: under its kind, so that two kinds never meet. */
export const credentialLookup = (kind: string, lookup: string): string => `${kind} ${lookup}`
