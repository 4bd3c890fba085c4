/** One thing that must hold of the source tree. `run` answers with what is wrong, each in a line or a few. */
export type Check = { readonly name: string; run(root: string): Promise<readonly string[]> }
